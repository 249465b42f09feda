/*
 * zkvm.h: what a C guest of Zkml.Vm can call. Link it with start.S, zkvm.c and link.ld (build.sh does).
 *
 * Proved: the program, every instruction, SHA-256, the exit code, the journal. Everything else that comes from the host (input, arguments,
 * environment, random words, cycle count) is advice: the prover chooses it freely, and a guest must check what it relies on.
 * Every length the host returns is clamped to the buffer before the guest uses it.
 */
#ifndef ZKVM_H
#define ZKVM_H

#include <stddef.h>
#include <stdint.h>

/* Constant data that is only ever loaded, such as weights: placed in the read-only window, where a load is cheapest to prove. */
#define ZKVM_WINDOW __attribute__((section(".window"), aligned(4)))

/* Reads up to `size` bytes of the private input and returns how many came: fewer than `size` only at its end. The bytes of `buffer` past
 * the returned number are unspecified. A buffer aligned to 4 is read without a copy. */
size_t zkvm_read(void *buffer, size_t size);

/* Reads exactly `size` bytes of the private input; panics if it is shorter. */
void zkvm_read_exact(void *buffer, size_t size);

/* Appends `size` bytes to the journal, the public output that the receipt proves. */
void zkvm_commit(const void *data, size_t size);

/* Writes a NUL-terminated text to the host's standard output, standard error, or log. Not proved, and not part of the journal. */
void zkvm_print(const char *text);
void zkvm_print_error(const char *text);
void zkvm_log(const char *text);

/* Ends the run with `code` in [0, 255] (anything else counts as 255) and binds the journal to it. Returning from main does the same. A run
 * that `zkvm verify` accepts has code 0. */
_Noreturn void zkvm_exit(int code);

/* Ends the run with a message to the host. A run that panicked cannot be proved, even by a host that returns from the call. */
_Noreturn void zkvm_panic(const char *message);

/* A running SHA-256. Start from ZKVM_SHA256_INITIAL; after zkvm_sha256_finish the struct must not be used again. */
struct zkvm_sha256
{
    uint32_t state[8];  /* the digest's bytes */
    uint32_t block[16]; /* the first length % 64 bytes are waiting to be hashed */
    uint64_t length;    /* bytes taken so far */
};

#define ZKVM_SHA256_INITIAL                                                                                                            \
    {                                                                                                                                  \
        { 0x67E6096A, 0x85AE67BB, 0x72F36E3C, 0x3AF54FA5, 0x7F520E51, 0x8C68059B, 0xABD9831F, 0x19CDE05B }, { 0 }, 0                   \
    }

void zkvm_sha256_update(struct zkvm_sha256 *hash, const void *data, size_t size);
void zkvm_sha256_finish(struct zkvm_sha256 *hash, uint8_t digest[32]);

/* SHA-256 of `size` bytes. */
void zkvm_sha256(const void *data, size_t size, uint8_t digest[32]);

/* Cycles executed so far, as the host says. */
uint64_t zkvm_cycle_count(void);

/* Fills `count` words with bytes the host chose: unpredictable to others, but not to the prover. */
void zkvm_random(uint32_t *words, size_t count);

/* The number of arguments of the run. */
size_t zkvm_argument_count(void);

/* Copies argument `index`, or environment variable `name`, into `buffer` as a NUL-terminated text cut to `capacity` bytes, and returns its
 * length after the cut; -1 if there is no such variable. `buffer` is aligned to 4 and `capacity` is a positive multiple of 4 below 2^18
 * (else: panic). */
int32_t zkvm_argument(size_t index, char *buffer, size_t capacity);
int32_t zkvm_environment(const char *name, char *buffer, size_t capacity);

/* The part of the C library that compilers call by themselves. */
void *memcpy(void *restrict destination, const void *restrict source, size_t size);
void *memmove(void *destination, const void *source, size_t size);
void *memset(void *destination, int value, size_t size);
int memcmp(const void *left, const void *right, size_t size);
size_t strlen(const char *text);
_Noreturn void abort(void);

#endif
