//! docs/performance.md shows what is recorded.

use std::path::Path;

use portcullis_benches::document::with_figures;

#[test]
fn the_page_about_performance_shows_what_is_recorded() {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = benches.join("../docs/performance.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let fresh = with_figures(&text, &benches.join("record")).unwrap();
    assert!(
        text == fresh,
        "the page is older than the records; bring it up to date:\n  cargo run --release -p \
         portcullis-benches --bin summary -- benches/record --document docs/performance.md"
    );
}

#[test]
fn figures_go_where_the_document_says() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "# command: x\n# machine: m\nwhat,by,amount,measure,value,unit,budget\n\
               load,keys,1000,p50,1.5,ms,\nload,keys,1000,size,80000,bytes,\n";
    std::fs::write(folder.path().join("some.csv"), csv).unwrap();
    let document = "before\n<!-- figures: some -->\nold\n<!-- end -->\nafter\n";
    let text = with_figures(document, folder.path()).unwrap();
    assert_eq!(
        text,
        "before\n<!-- figures: some -->\n| what | size | p50 | size |\n|---|--:|--:|--:|\n\
         | load | 1,000 keys | 1.50 ms | 80,000 bytes |\n\n(machine: m)\n<!-- end -->\nafter\n"
    );
    let chosen = with_figures(&document.replace("some -->", "some: size -->"), folder.path());
    assert_eq!(
        chosen.unwrap(),
        "before\n<!-- figures: some: size -->\n| what | size | size |\n|---|--:|--:|\n\
         | load | 1,000 keys | 80,000 bytes |\n\n(machine: m)\n<!-- end -->\nafter\n"
    );
    let error = with_figures("<!-- figures: some -->\n", folder.path()).unwrap_err().to_string();
    assert!(error.contains("`some` has no `<!-- end -->`"), "{error}");
}
