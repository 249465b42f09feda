# Start-up code: every register is 0 and every word outside of the image reads 0, so only sp and gp are set and nothing is cleared.
    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, __stack_top
    call main
    tail zkvm_exit
    .size _start, . - _start
