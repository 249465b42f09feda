#include "zkvm.h"

enum ecall
{
    ECALL_HALT = 0,
    ECALL_SOFTWARE = 2,
    ECALL_SHA = 3,
};

enum syscall
{
    SYSCALL_ARGC = 1,
    SYSCALL_ARGV = 2,
    SYSCALL_CYCLE_COUNT = 3,
    SYSCALL_GETENV = 6,
    SYSCALL_LOG = 8,
    SYSCALL_PANIC = 9,
    SYSCALL_RANDOM = 11,
    SYSCALL_READ = 12,
    SYSCALL_WRITE = 16,
};

enum file
{
    FILE_INPUT = 0,
    FILE_OUTPUT = 1,
    FILE_ERROR = 2,
    FILE_JOURNAL = 3,
};

/* Words that one ecall can transfer, and blocks that one ecall can hash: the machine range-checks both to 16 bits. */
#define MAXIMUM_COUNT 0xFFFFu

/* The SHA ecall reads read-write memory only, which ends here. */
#define WINDOW_START 0x80010000u

struct answer
{
    uint32_t first;
    uint32_t second;
};

/* The host writes exactly `words` words at `from_host` and answers with two words, all of its choice. */
static struct answer call_host(enum syscall number, uint32_t *from_host, uint32_t words, uint32_t first, uint32_t second, uint32_t third)
{
    register uint32_t t0 __asm__("t0") = ECALL_SOFTWARE;
    register uint32_t t6 __asm__("t6") = number;
    register uint32_t a0 __asm__("a0") = (uint32_t)from_host;
    register uint32_t a1 __asm__("a1") = words;
    register uint32_t a2 __asm__("a2") = 0;
    register uint32_t a3 __asm__("a3") = first;
    register uint32_t a4 __asm__("a4") = second;
    register uint32_t a5 __asm__("a5") = third;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(t0), "r"(t6), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
    return (struct answer){ a0, a1 };
}

/* Hashes `count` blocks of 64 bytes at `blocks` (aligned to 4, in read-write memory) into `state`. */
static void compress(uint32_t state[8], const void *blocks, uint32_t count)
{
    register uint32_t t0 __asm__("t0") = ECALL_SHA;
    register uint32_t a0 __asm__("a0") = (uint32_t)state;
    register uint32_t a1 __asm__("a1") = (uint32_t)state;
    register uint32_t a2 __asm__("a2") = (uint32_t)blocks;
    register uint32_t a3 __asm__("a3") = (uint32_t)blocks + 32;
    register uint32_t a4 __asm__("a4") = count;
    __asm__ volatile("ecall" : : "r"(t0), "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
}

/* No host can talk the guest out of this: ebreak has no row in the machine, so a proof cannot go on. */
static _Noreturn void stop(void)
{
    for (;;)
        __asm__ volatile("ebreak");
}

static size_t minimum(size_t left, size_t right)
{
    return left < right ? left : right;
}

static int is_aligned(const void *pointer)
{
    return ((uintptr_t)pointer & 3) == 0;
}

/* Input */

/* Reads `size` ≤ 4 · `count` bytes into `count` ≤ MAXIMUM_COUNT words. */
static size_t read_words(uint32_t *words, size_t count, size_t size)
{
    return minimum(call_host(SYSCALL_READ, words, count, FILE_INPUT, size, 0).first, size);
}

size_t zkvm_read(void *buffer, size_t size)
{
    uint8_t *bytes = buffer;
    size_t done = 0;
    while (is_aligned(bytes + done) && size - done >= 4)
    {
        size_t count = minimum((size - done) / 4, MAXIMUM_COUNT);
        size_t got = read_words((uint32_t *)(bytes + done), count, 4 * count);
        done += got;
        if (got < 4 * count)
            return done;
    }
    while (done < size)
    {
        /* The host writes whole words, which may not fit here: they come by way of a buffer of our own. */
        uint32_t words[64];
        size_t part = minimum(size - done, sizeof words);
        size_t got = read_words(words, (part + 3) / 4, part);
        memcpy(bytes + done, words, got);
        done += got;
        if (got < part)
            return done;
    }
    return done;
}

void zkvm_read_exact(void *buffer, size_t size)
{
    if (zkvm_read(buffer, size) != size)
        zkvm_panic("zkvm_read_exact: the input is too short");
}

size_t zkvm_argument_count(void)
{
    return call_host(SYSCALL_ARGC, NULL, 0, 0, 0, 0).first;
}

static void check_text_buffer(const char *buffer, size_t capacity)
{
    if (!is_aligned(buffer) || capacity == 0 || capacity % 4 != 0 || capacity / 4 > MAXIMUM_COUNT)
        zkvm_panic("the buffer for a text from the host must be aligned to 4, its capacity a positive multiple of 4 below 2^18");
}

static int32_t terminate_text(char *buffer, size_t capacity, uint32_t length)
{
    size_t cut = minimum(length, capacity - 1);
    buffer[cut] = 0;
    return (int32_t)cut;
}

int32_t zkvm_argument(size_t index, char *buffer, size_t capacity)
{
    check_text_buffer(buffer, capacity);
    uint32_t length = call_host(SYSCALL_ARGV, (uint32_t *)buffer, capacity / 4, index, 0, 0).first;
    return terminate_text(buffer, capacity, length);
}

int32_t zkvm_environment(const char *name, char *buffer, size_t capacity)
{
    check_text_buffer(buffer, capacity);
    uint32_t length = call_host(SYSCALL_GETENV, (uint32_t *)buffer, capacity / 4, (uint32_t)name, strlen(name), 0).first;
    return length == UINT32_MAX ? -1 : terminate_text(buffer, capacity, length);
}

uint64_t zkvm_cycle_count(void)
{
    struct answer count = call_host(SYSCALL_CYCLE_COUNT, NULL, 0, 0, 0, 0);
    return (uint64_t)count.first << 32 | count.second;
}

void zkvm_random(uint32_t *words, size_t count)
{
    while (count > 0)
    {
        size_t part = minimum(count, MAXIMUM_COUNT);
        call_host(SYSCALL_RANDOM, words, part, 0, 0, 0);
        words += part;
        count -= part;
    }
}

/* Output */

static void write_file(enum file file, const void *data, size_t size)
{
    call_host(SYSCALL_WRITE, NULL, 0, file, (uint32_t)data, size);
}

void zkvm_print(const char *text)
{
    write_file(FILE_OUTPUT, text, strlen(text));
}

void zkvm_print_error(const char *text)
{
    write_file(FILE_ERROR, text, strlen(text));
}

void zkvm_log(const char *text)
{
    call_host(SYSCALL_LOG, NULL, 0, (uint32_t)text, strlen(text), 0);
}

static struct zkvm_sha256 journal = ZKVM_SHA256_INITIAL;

void zkvm_commit(const void *data, size_t size)
{
    zkvm_sha256_update(&journal, data, size);
    write_file(FILE_JOURNAL, data, size);
}

/* SHA-256 */

void zkvm_sha256_update(struct zkvm_sha256 *hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint8_t *block = (uint8_t *)hash->block;
    size_t used = hash->length % 64;
    hash->length += size;
    if (used > 0)
    {
        size_t part = minimum(64 - used, size);
        memcpy(block + used, bytes, part);
        if (used + part < 64)
            return;
        compress(hash->state, block, 1);
        bytes += part;
        size -= part;
    }
    int in_place = is_aligned(bytes) && (uintptr_t)bytes < WINDOW_START;
    while (size >= 64)
    {
        size_t count = in_place ? minimum(size / 64, MAXIMUM_COUNT) : 1;
        if (!in_place)
            memcpy(block, bytes, 64);
        compress(hash->state, in_place ? bytes : block, count);
        bytes += 64 * count;
        size -= 64 * count;
    }
    memcpy(block, bytes, size);
}

/* Pads and hashes the rest: hash->state is the digest then. */
static void finish_state(struct zkvm_sha256 *hash)
{
    uint8_t *block = (uint8_t *)hash->block;
    size_t used = hash->length % 64;
    block[used++] = 0x80;
    if (used > 56)
    {
        memset(block + used, 0, 64 - used);
        compress(hash->state, block, 1);
        used = 0;
    }
    memset(block + used, 0, 56 - used);
    hash->block[14] = __builtin_bswap32((uint32_t)(hash->length >> 29));
    hash->block[15] = __builtin_bswap32((uint32_t)hash->length << 3);
    compress(hash->state, block, 1);
}

void zkvm_sha256_finish(struct zkvm_sha256 *hash, uint8_t digest[32])
{
    finish_state(hash);
    memcpy(digest, hash->state, 32);
}

void zkvm_sha256(const void *data, size_t size, uint8_t digest[32])
{
    struct zkvm_sha256 hash = ZKVM_SHA256_INITIAL;
    zkvm_sha256_update(&hash, data, size);
    zkvm_sha256_finish(&hash, digest);
}

/* The end */

/* The padded message whose SHA-256 is the Output digest: SHA-256("risc0.Output"), SHA-256(journal), no assumptions (zeros), then the number
 * of digests (2) as 16 bits. */
static uint32_t output[32] = {
    [0] = 0xB3FEEA77, [1] = 0x478BA766, [2] = 0xD7E07D74, [3] = 0x846217BB,
    [4] = 0x56F55F08, [5] = 0x9A008748, [6] = 0xA33DE65B, [7] = 0xD459352D,
    [24] = 0x00800002, [31] = 0x10030000,
};

void zkvm_exit(int code)
{
    finish_state(&journal);
    memcpy(output + 8, journal.state, 32);
    struct zkvm_sha256 digest = ZKVM_SHA256_INITIAL;
    compress(digest.state, output, 2);

    register uint32_t t0 __asm__("t0") = ECALL_HALT;
    register uint32_t a0 __asm__("a0") = (code < 0 || code > 255 ? 255u : (uint32_t)code) << 8;
    register uint32_t a1 __asm__("a1") = (uint32_t)digest.state;
    __asm__ volatile("ecall" : : "r"(t0), "r"(a0), "r"(a1) : "memory");
    stop();
}

void zkvm_panic(const char *message)
{
    call_host(SYSCALL_PANIC, NULL, 0, (uint32_t)message, strlen(message), 0);
    stop();
}

void abort(void)
{
    zkvm_panic("abort");
}

/* Memory: by words where both sides are aligned, because a word access costs the machine the same as a byte access. */

void *memcpy(void *restrict destination, const void *restrict source, size_t size)
{
    uint8_t *to = destination;
    const uint8_t *from = source;
    if (is_aligned(to) && is_aligned(from))
        for (; size >= 4; size -= 4, to += 4, from += 4)
            *(uint32_t *)to = *(const uint32_t *)from;
    for (; size > 0; size--)
        *to++ = *from++;
    return destination;
}

void *memmove(void *destination, const void *source, size_t size)
{
    uint8_t *to = destination;
    const uint8_t *from = source;
    if (to <= from || to >= from + size)
        return memcpy(destination, source, size); /* memcpy goes upwards, which is right for an overlap from above */
    to += size;
    from += size;
    if (is_aligned(to) && is_aligned(from))
        for (; size >= 4; size -= 4)
            *(uint32_t *)(to -= 4) = *(const uint32_t *)(from -= 4);
    for (; size > 0; size--)
        *--to = *--from;
    return destination;
}

void *memset(void *destination, int value, size_t size)
{
    uint8_t *to = destination;
    uint32_t word = (uint8_t)value * 0x01010101u;
    for (; size > 0 && !is_aligned(to); size--)
        *to++ = (uint8_t)value;
    for (; size >= 4; size -= 4, to += 4)
        *(uint32_t *)to = word;
    for (; size > 0; size--)
        *to++ = (uint8_t)value;
    return destination;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const uint8_t *a = left, *b = right;
    for (; size > 0; size--, a++, b++)
        if (*a != *b)
            return *a - *b;
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length] != 0)
        length++;
    return length;
}
