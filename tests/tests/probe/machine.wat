;; What every probe has. Memory: places for the host from 16 on, texts from 4096 on, the line that is being written from
;; 0x400000 on, the allocator from 0x500000 on.
(memory (export "memory") 256)
(global $line (mut i32) (i32.const 0x400000))
(global $heap (mut i32) (i32.const 0x500000))
(global $written (mut i32) (i32.const 0))
(global $phase (mut i32) (i32.const 0))
(global $phase_size (mut i32) (i32.const 0))
(func (export "proxy_abi_version_0_2_1"))

(func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
  (global.get $heap)
  (global.set $heap (i32.add (global.get $heap) (local.get $size))))

(func $put (param $byte i32)
  (i32.store8 (global.get $line) (local.get $byte))
  (global.set $line (i32.add (global.get $line) (i32.const 1))))

(func $put_text (param $at i32) (param $size i32)
  (memory.copy (global.get $line) (local.get $at) (local.get $size))
  (global.set $line (i32.add (global.get $line) (local.get $size))))

(func $put_number (param $number i64)
  (if (i64.ge_u (local.get $number) (i64.const 10))
    (then (call $put_number (i64.div_u (local.get $number) (i64.const 10)))))
  (call $put (i32.add (i32.const 48)
    (i32.wrap_i64 (i64.rem_u (local.get $number) (i64.const 10))))))

(func $put_digit (param $digit i32)
  (call $put (i32.add (local.get $digit)
    (select (i32.const 48) (i32.const 87) (i32.lt_u (local.get $digit) (i32.const 10))))))

;; Printable bytes as they are, others as `\xHH`; no more than 600 of them.
(func $put_bytes (param $at i32) (param $size i32)
  (local $byte i32)
  (if (i32.gt_u (local.get $size) (i32.const 600)) (then (local.set $size (i32.const 600))))
  (loop $next
    (if (i32.eqz (local.get $size)) (then return))
    (local.set $byte (i32.load8_u (local.get $at)))
    (if (i32.and
        (i32.and (i32.ge_u (local.get $byte) (i32.const 32)) (i32.le_u (local.get $byte) (i32.const 126)))
        (i32.ne (local.get $byte) (i32.const 92)))
      (then (call $put (local.get $byte)))
      (else
        (call $put (i32.const 92))
        (call $put (i32.const 120))
        (call $put_digit (i32.shr_u (local.get $byte) (i32.const 4)))
        (call $put_digit (i32.and (local.get $byte) (i32.const 15)))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (local.set $size (i32.sub (local.get $size) (i32.const 1)))
    (br $next)))

(func $flush
  (drop (call $proxy_log (i32.const 2) (i32.const 0x400000)
    (i32.sub (global.get $line) (i32.const 0x400000))))
  (global.set $line (i32.const 0x400000)))

;; `@number phase`: some hosts keep the lines of several contexts apart, and so each says which it is.
(func $put_phase
  (global.set $line (i32.const 0x400000))
  (global.set $written (i32.add (global.get $written) (i32.const 1)))
  (call $put (i32.const 64))
  (call $put_number (i64.extend_i32_u (global.get $written)))
  (call $put (i32.const 32))
  (call $put_text (global.get $phase) (global.get $phase_size)))

(func $enter (param $phase i32) (param $size i32)
  (global.set $heap (i32.const 0x500000))
  (global.set $phase (local.get $phase))
  (global.set $phase_size (local.get $size))
  (call $put_phase))

;; `@phase.`
(func $leave
  (call $put_phase)
  (call $put (i32.const 46))
  (call $flush))

(func $put_argument (param $argument i32)
  (call $put (i32.const 32))
  (call $put_number (i64.extend_i32_u (local.get $argument))))

;; `@phase: call`, and all places filled with 0xEE, so that it shows what the host wrote.
(func $prepare (param $call i32) (param $size i32)
  (memory.fill (i32.const 16) (i32.const 0xEE) (i32.const 64))
  (call $put_phase)
  (call $put (i32.const 58))
  (call $put (i32.const 32))
  (call $put_text (local.get $call) (local.get $size)))

;; ` = status`, and the places that the bits name; a place that the host left alone is not shown.
(func $report (param $status i32) (param $shown i32)
  (call $put (i32.const 32)) (call $put (i32.const 61)) (call $put (i32.const 32))
  (call $put_number (i64.extend_i32_u (local.get $status)))
  (if (i32.and (local.get $shown) (i32.const 3)) (then (call $put_value (local.get $shown))))
  (if (i32.and (local.get $shown) (i32.const 4)) (then (call $put_word (i32.load (i32.const 24)))))
  (if (i32.and (local.get $shown) (i32.const 8)) (then (call $put_word (i32.load (i32.const 28)))))
  (if (i32.and (local.get $shown) (i32.const 16))
    (then (if (i64.ne (i64.load (i32.const 32)) (i64.const 0xEEEEEEEEEEEEEEEE))
      (then (call $put (i32.const 32)) (call $put_number (i64.load (i32.const 32)))))))
  (call $flush))

(func $put_word (param $word i32)
  (if (i32.ne (local.get $word) (i32.const 0xEEEEEEEE))
    (then (call $put_argument (local.get $word)))))

;; ` null` or ` size bytes`
(func $put_value (param $shown i32)
  (if (i32.ne (i32.load (i32.const 20)) (i32.const 0xEEEEEEEE))
    (then
      (call $put_argument (i32.load (i32.const 20)))
      (call $put (i32.const 32))
      (if (i32.eqz (i32.load (i32.const 16)))
        (then (call $put (i32.const 110)) (call $put (i32.const 117))
          (call $put (i32.const 108)) (call $put (i32.const 108)))
        (else (if (i32.and (local.get $shown) (i32.const 1))
          (then (call $put_bytes (i32.load (i32.const 16)) (i32.load (i32.const 20))))))))))

