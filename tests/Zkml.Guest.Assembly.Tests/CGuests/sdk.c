#include "zkvm.h"

/* Exercises every function of zkvm.h; the first word of the input chooses what to do. All results go to the journal. */

ZKVM_WINDOW static const uint8_t window[150] = { 1, 2, 3, [149] = 9 };
static uint8_t memory[8192] __attribute__((aligned(4)));

static void commit_word(uint32_t value)
{
    zkvm_commit(&value, sizeof value);
}

static void read_in_pieces(void)
{
    commit_word(zkvm_read(memory + 1, 3001)); /* not aligned */
    commit_word(zkvm_read(memory + 3004, 3)); /* less than a word */
    commit_word(zkvm_read(memory + 3008, 4000));
    commit_word(zkvm_read(memory + 7100, 10)); /* at the end of the input */
    zkvm_commit(memory, sizeof memory);
}

static void hash(void)
{
    uint8_t digest[32];
    size_t size = zkvm_read(memory, sizeof memory);
    for (size_t length = 0; length <= size; length += length < 200 ? 1 : 997)
    {
        zkvm_sha256(memory + length % 5, length - length % 5, digest);
        zkvm_commit(digest, sizeof digest);
    }
    zkvm_sha256(window, sizeof window, digest);
    zkvm_commit(digest, sizeof digest);
    zkvm_sha256(window + 1, sizeof window - 1, digest);
    zkvm_commit(digest, sizeof digest);

    struct zkvm_sha256 running = ZKVM_SHA256_INITIAL;
    for (size_t at = 0, part = 0; at < size; at += part, part = (part + 7) % 150)
        zkvm_sha256_update(&running, memory + at, part < size - at ? part : (part = size - at));
    zkvm_sha256_finish(&running, digest);
    zkvm_commit(digest, sizeof digest);
    zkvm_commit(window, sizeof window);
}

static void ask_host(void)
{
    char text[16] __attribute__((aligned(4)));
    size_t count = zkvm_argument_count();
    commit_word(count);
    for (size_t i = 0; i < count; i++)
    {
        int32_t length = zkvm_argument(i, text, sizeof text);
        commit_word(length);
        zkvm_commit(text, strlen(text));
    }
    static const char *const names[] = { "NAME", "LONG", "ABSENT" };
    for (size_t i = 0; i < 3; i++)
    {
        int32_t length = zkvm_environment(names[i], text, sizeof text);
        commit_word(length);
        if (length >= 0)
            zkvm_commit(text, strlen(text));
    }
    uint32_t words[20];
    zkvm_random(words, 20);
    zkvm_commit(words, sizeof words);
    commit_word(zkvm_cycle_count() < 1000000);
    zkvm_print("to output");
    zkvm_print_error("to error");
    zkvm_log("to log");
}

static void move_memory(void)
{
    for (size_t i = 0; i < 600; i++)
        memory[i] = (uint8_t)(i * 7);
    for (size_t from = 0; from < 4; from++)
        for (size_t to = 0; to < 4; to++)
        {
            memcpy(memory + 300 + to, memory + from, 50 + from);
            memmove(memory + 10 + to, memory + 12 + from, 60);
            memmove(memory + 112 + to, memory + 110 + from, 61);
            memset(memory + 200 + to, 0x100 + (int)from, 30 + from);
            zkvm_commit(memory, 600);
            commit_word(memcmp(memory + to, memory + from, 64) > 0);
        }
    commit_word(strlen("12345"));
    commit_word(memcmp(memory, memory, 100));
}

int main(void)
{
    uint32_t choice;
    zkvm_read_exact(&choice, sizeof choice);
    switch (choice)
    {
    case 0:
        read_in_pieces();
        return 0;
    case 1:
        hash();
        return 0;
    case 2:
        ask_host();
        return 0;
    case 3:
        move_memory();
        return 0;
    case 4:
        zkvm_exit(7);
    case 5:
        return 256; /* not a byte: counts as 255, never as 0 */
    case 6:
        zkvm_panic("asked to");
    case 7:
        abort();
    case 8:
        zkvm_argument(0, (char *)memory + 1, 16);
        return 0;
    default:
        return -1;
    }
}
