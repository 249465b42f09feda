#include "zkvm.h"

/* Reads a name (the input up to its first line break; "world" if there is none), greets it on standard output, and commits the greeting. */
int main(void)
{
    static const char greeting[] = "Hello, ";
    char line[80];
    size_t start = sizeof greeting - 1, capacity = sizeof line - start - 2, length = 0;
    memcpy(line, greeting, start);

    size_t size = zkvm_read(line + start, capacity);
    while (length < size && line[start + length] != '\n' && line[start + length] != '\r' && line[start + length] != 0)
        length++;
    if (length == 0)
    {
        memcpy(line + start, "world", 5);
        length = 5;
    }

    memcpy(line + start + length, "!\n", 3);
    zkvm_print(line);
    zkvm_commit(line, start + length + 1);
    return 0;
}
