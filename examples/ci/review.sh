#!/usr/bin/env bash
# Reviews a policy: checks it, compiles it, and tells whose access a change adds or takes away.
#
#   review.sh POLICY OUT BASE [--allow-gain]
#
# POLICY is the document as the change has it, BASE the same document before the change, with the
# files that it names beside it; OUT is a folder for the results:
#
#   check.sarif   what is wrong with the policy, for code scanning
#   policy.table  the table, as it would be shipped
#   comment.md    what to write below the pull request
#
# Exits 0 when the change may go in; 1 when the policy has errors, or when somebody gains access
# and nobody said --allow-gain; 2 when the review itself could not be done.
set -euo pipefail
# Whatever fails here and is not asked about, as where OUT cannot be made.
trap 'exit 2' ERR

usage() {
  echo "usage: review.sh POLICY OUT BASE [--allow-gain]" >&2
  exit 2
}

[[ $# -eq 3 || $# -eq 4 ]] || usage
policy=$1 out=$2 base=$3 allow_gain=${4-}
[[ -z $allow_gain || $allow_gain == --allow-gain ]] || usage
mkdir -p "$out"
comment=$out/comment.md

# Keeps the most serious of the statuses that it is told.
worst=0
note() {
  if (($1 > worst)); then worst=$1; fi
}

# Runs a command with its output in a file, and keeps its status for the end.
into() {
  local file=$1 status=0
  shift
  "$@" >"$file" || status=$?
  # Whatever else a command ends with: it did not do its work.
  if ((status > 1)); then status=2; fi
  note "$status"
  return "$status"
}

{
  echo '<!-- portcullis -->'
  echo '## Policy review'
  echo
} >"$comment"

# Below the lines of the change where GitHub runs this, on the terminal elsewhere.
format=human
if [[ ${GITHUB_ACTIONS-} == true ]]; then format=github; fi
portcullis check "$policy" --format "$format" || true
into "$out/check.sarif" portcullis check "$policy" --format sarif || true

if ((worst > 0)); then
  if ((worst == 1)); then
    echo 'The policy has errors: the checks of this change show them where they stand.' >>"$comment"
  else
    echo 'The policy could not be reviewed: the log of this check says why.' >>"$comment"
  fi
  exit "$worst"
fi

into "$out/summary.txt" portcullis compile "$policy" -o "$out/policy.table" || exit "$worst"

# How the check of the base ends: 1 where it has errors, so that there is no table of it to compare with.
base_status=0
if [[ -e $base ]]; then
  portcullis check "$base" --format json >/dev/null || base_status=$?
fi

if [[ -e $base && $base_status -ne 1 ]]; then
  # shellcheck disable=SC2086 # one flag or none
  into "$out/diff.md" portcullis diff "$base" "$policy" --markdown $allow_gain || true
  # Nothing was told, and nobody knows what is gained.
  if [[ ! -s $out/diff.md ]]; then note 2; fi
  if ((worst > 1)); then
    echo 'The change could not be compared with what was there before.' >>"$comment"
  else
    # Of bounded length: a comment has room for it.
    cat "$out/diff.md" >>"$comment"
  fi
else
  if [[ -e $base ]]; then
    echo 'The policy before this change has errors, so that it gives no access: all that this one gives counts as gained.' >>"$comment"
  else
    echo 'The policy is new: all the access that it gives is gained.' >>"$comment"
  fi
  if [[ -z $allow_gain ]]; then note 1; fi
fi

if ((worst == 1)); then
  printf '\nSomebody gains access, and nobody has approved of it yet.\n' >>"$comment"
fi
{
  printf '\n<details><summary>The table</summary>\n\n```text\n'
  cat "$out/summary.txt"
  printf '```\n\n</details>\n'
} >>"$comment"
exit "$worst"
