#include "zkvm.h"
#include "weights.g.h"

/* A network 784 → HIDDEN_COUNT → 10 with 8-bit weights. Input: an image of 28×28 gray bytes, white ink on black, raw or as binary PGM.
 * Journal, 44 bytes, little-endian: the digit as uint32, then its 10 logits as int32. */

enum
{
    SIDE = 28,
    PIXEL_COUNT = SIDE * SIDE,
    OUTPUT_COUNT = 10,
    GROUP_SIZE = 8,
    LARGEST_FILE = 1024,
};

struct journal
{
    uint32_t digit;
    int32_t logits[OUTPUT_COUNT];
};

/* A pixel that is not black: its gray value in the low 8 bits, above them the byte offset of its weights within a group. */
typedef uint32_t entry;

/* Four signed bytes of a word, as sign-extended words. */
#define BYTE0(word) ((int32_t)((word) << 24) >> 24)
#define BYTE1(word) ((int32_t)((word) << 16) >> 24)
#define BYTE2(word) ((int32_t)((word) << 8) >> 24)
#define BYTE3(word) ((int32_t)(word) >> 24)

static const uint8_t *skip_blanks(const uint8_t *at, const uint8_t *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n' || *at == '#'))
    {
        if (*at == '#')
            while (at < end && *at != '\n')
                at++;
        else
            at++;
    }
    return at;
}

/* Checks a number of a PGM header and returns what follows it. */
static const uint8_t *expect_number(const uint8_t *at, const uint8_t *end, uint32_t expected, const char *message)
{
    uint32_t value = 0;
    at = skip_blanks(at, end);
    for (; at < end && *at >= '0' && *at <= '9' && value < 10000; at++)
        value = value * 10 + (*at - '0');
    if (value != expected)
        zkvm_panic(message);
    return at;
}

static const uint8_t *find_pixels(const uint8_t *file, size_t size)
{
    if (size == PIXEL_COUNT)
        return file;
    if (size < 2 || file[0] != 'P' || file[1] != '5')
        zkvm_panic("digits: expected 784 gray bytes or a binary PGM (P5) of 28x28");
    const uint8_t *end = file + size, *at = file + 2;
    at = expect_number(at, end, SIDE, "digits: expected a PGM of width 28");
    at = expect_number(at, end, SIDE, "digits: expected a PGM of height 28");
    at = expect_number(at, end, 255, "digits: expected a PGM with 255 as its largest value");
    if (end - at != 1 + PIXEL_COUNT)
        zkvm_panic("digits: expected a PGM with 784 bytes of pixels");
    return at + 1;
}

static size_t list_entries(const uint8_t *pixels, entry *entries)
{
    size_t count = 0;
    for (uint32_t i = 0; i < PIXEL_COUNT; i++)
        if (pixels[i] != 0)
            entries[count++] = i * GROUP_SIZE << 8 | pixels[i];
    return count;
}

/* Adds one group of 8 hidden neurons to the logits. Their sums stay in registers, which inlining would
 * spoil; black pixels cost nothing. */
__attribute__((noinline)) static void add_group(uint32_t group, const entry *entries, size_t count, int32_t logits[OUTPUT_COUNT])
{
    const uint8_t *weights = (const uint8_t *)(hidden_weights + group * PIXEL_COUNT * (GROUP_SIZE / 4));
    const int32_t *bias = hidden_bias + group * GROUP_SIZE;
    int32_t sums[GROUP_SIZE];
    for (int i = 0; i < GROUP_SIZE; i++)
        sums[i] = bias[i];
    for (const entry *end = entries + count; entries < end; entries++)
    {
        const uint32_t *words = (const uint32_t *)(weights + (*entries >> 8));
        int32_t gray = *entries & 0xFF;
        uint32_t low = words[0], high = words[1];
        sums[0] += gray * BYTE0(low);
        sums[1] += gray * BYTE1(low);
        sums[2] += gray * BYTE2(low);
        sums[3] += gray * BYTE3(low);
        sums[4] += gray * BYTE0(high);
        sums[5] += gray * BYTE1(high);
        sums[6] += gray * BYTE2(high);
        sums[7] += gray * BYTE3(high);
    }
    const uint32_t *words = output_weights + group * GROUP_SIZE * 3;
    for (int i = 0; i < GROUP_SIZE; i++, words += 3)
    {
        if (sums[i] <= 0)
            continue;
        int32_t activation = sums[i] >> HIDDEN_SHIFT;
        logits[0] += activation * BYTE0(words[0]);
        logits[1] += activation * BYTE1(words[0]);
        logits[2] += activation * BYTE2(words[0]);
        logits[3] += activation * BYTE3(words[0]);
        logits[4] += activation * BYTE0(words[1]);
        logits[5] += activation * BYTE1(words[1]);
        logits[6] += activation * BYTE2(words[1]);
        logits[7] += activation * BYTE3(words[1]);
        logits[8] += activation * BYTE0(words[2]);
        logits[9] += activation * BYTE1(words[2]);
    }
}

int main(void)
{
    static uint8_t file[LARGEST_FILE] __attribute__((aligned(4)));
    static entry entries[PIXEL_COUNT];
    static struct journal journal;

    const uint8_t *pixels = find_pixels(file, zkvm_read(file, sizeof file));
    size_t count = list_entries(pixels, entries);
    for (int i = 0; i < OUTPUT_COUNT; i++)
        journal.logits[i] = output_bias[i];
    for (uint32_t group = 0; group < HIDDEN_COUNT / GROUP_SIZE; group++)
        add_group(group, entries, count, journal.logits);
    for (uint32_t i = 1; i < OUTPUT_COUNT; i++)
        if (journal.logits[i] > journal.logits[journal.digit])
            journal.digit = i;

    char line[] = "digit ?\n";
    line[6] = (char)('0' + journal.digit);
    zkvm_print(line);
    zkvm_commit(&journal, sizeof journal);
    return 0;
}
