/* Memory for machine code. Regions lie side by side in a few chunks of address space; what is freed is used again.

   No page can be written and executed at once: the pages of a region are made writable while it is put there. Others on the same pages cannot
   run meanwhile, as all machine code runs with the GIL, which is not released. The memory is private: after a fork each process has its own. */
#include "code.h"

static size_t bytes_used, blocks_used, bytes_mapped, bytes_allowed /* 0: as many as there are */;

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#include <unistd.h>

/* Address space of a chunk, where no larger one is needed; its pages take memory once they are used. */
enum { TEXT_SPACE = 896 << 10, DATA_SPACE = 128 << 10 };

typedef struct {
    size_t at, size;
} Span;

/* What is free of a chunk's text or data: spans by address, none beside another. */
typedef struct {
    uint8_t *base;
    size_t size, used;
    Span *spans;
    int n_spans, capacity;
} Space;

typedef struct Chunk {
    struct Chunk *next;
    int n_blocks;
    Space text, data;
} Chunk;

static Chunk *chunks;

static size_t
page_size(void)
{
    static size_t size;
    if (size == 0) {
        size = (size_t)sysconf(_SC_PAGESIZE);
    }
    return size;
}

static size_t
round_up(size_t size, size_t to)
{
    return (size + to - 1) / to * to;
}

/* ---- free spans ---- */

/* The number of the first span that is large enough, -1: none. */
static int
find_span(const Space *space, size_t size)
{
    for (int i = 0; i < space->n_spans; i++) {
        if (space->spans[i].size >= size) {
            return i;
        }
    }
    return -1;
}

/* Each block that is taken may leave one more span when it is freed, for which there must be room then. */
static int
make_room(Space *space, int n_blocks)
{
    int wanted = n_blocks + 2;
    if (wanted > space->capacity) {
        wanted *= 2;
        Span *spans = PyMem_RawRealloc(space->spans, sizeof(Span) * (size_t)wanted);
        if (spans == NULL) {
            return -1;
        }
        space->spans = spans;
        space->capacity = wanted;
    }
    return 0;
}

static uint8_t *
take_span(Space *space, int number, size_t size)
{
    Span *span = &space->spans[number];
    uint8_t *taken = space->base + span->at;
    span->at += size;
    span->size -= size;
    if (span->size == 0) {
        space->n_spans--;
        memmove(span, span + 1, sizeof(Span) * (size_t)(space->n_spans - number));
    }
    space->used += size;
    return taken;
}

static void
give_span(Space *space, const uint8_t *address, size_t size)
{
    if (size == 0) {
        return;
    }
    size_t at = (size_t)(address - space->base);
    int i = 0;
    while (i < space->n_spans && space->spans[i].at < at) {
        i++;
    }
    Span *spans = space->spans;
    CHECK(at + size <= space->size && (i == 0 || spans[i - 1].at + spans[i - 1].size <= at) && (i == space->n_spans || at + size <= spans[i].at));
    int before = i > 0 && spans[i - 1].at + spans[i - 1].size == at;
    int behind = i < space->n_spans && at + size == spans[i].at;
    if (before && behind) {
        spans[i - 1].size += size + spans[i].size;
        space->n_spans--;
        memmove(spans + i, spans + i + 1, sizeof(Span) * (size_t)(space->n_spans - i));
    }
    else if (before) {
        spans[i - 1].size += size;
    }
    else if (behind) {
        spans[i].at = at;
        spans[i].size += size;
    }
    else {
        CHECK(space->n_spans < space->capacity);
        memmove(spans + i + 1, spans + i, sizeof(Span) * (size_t)(space->n_spans - i));
        spans[i] = (Span){at, size};
        space->n_spans++;
    }
    space->used -= size;
}

/* ---- chunks ---- */

static void
free_chunk(Chunk *chunk)
{
    for (Chunk **link = &chunks; *link != NULL; link = &(*link)->next) {
        if (*link == chunk) {
            *link = chunk->next;
            break;
        }
    }
    munmap(chunk->text.base, chunk->text.size + chunk->data.size);
    bytes_mapped -= chunk->text.size + chunk->data.size;
    PyMem_RawFree(chunk->text.spans);
    PyMem_RawFree(chunk->data.spans);
    PyMem_RawFree(chunk);
}

static Chunk *
new_chunk(size_t text_size, size_t data_size)
{
    Chunk *chunk = PyMem_RawCalloc(1, sizeof(Chunk));
    if (chunk == NULL) {
        return NULL;
    }
    size_t text_space = round_up(text_size > TEXT_SPACE ? text_size : TEXT_SPACE, page_size());
    size_t data_space = round_up(data_size > DATA_SPACE ? data_size : DATA_SPACE, page_size());
    uint8_t *base = MAP_FAILED;
    if (make_room(&chunk->text, 0) == 0 && make_room(&chunk->data, 0) == 0) {
        base = mmap(NULL, text_space + data_space, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    if (base == MAP_FAILED || mprotect(base + text_space, data_space, PROT_READ | PROT_WRITE) < 0) {
        if (base != MAP_FAILED) {
            munmap(base, text_space + data_space);
        }
        PyMem_RawFree(chunk->text.spans);
        PyMem_RawFree(chunk->data.spans);
        PyMem_RawFree(chunk);
        return NULL;
    }
    chunk->text.base = base;
    chunk->text.size = text_space;
    chunk->data.base = base + text_space;
    chunk->data.size = data_space;
    chunk->text.spans[chunk->text.n_spans++] = (Span){0, text_space};
    chunk->data.spans[chunk->data.n_spans++] = (Span){0, data_space};
    bytes_mapped += text_space + data_space;
    chunk->next = chunks;
    chunks = chunk;
    return chunk;
}

static int
protect(const CodeBlock *block, int how)
{
    uintptr_t mask = ~(uintptr_t)(page_size() - 1), first = (uintptr_t)block->text & mask;
    uintptr_t end = ((uintptr_t)block->text + block->text_size + page_size() - 1) & mask;
    return mprotect((void *)first, end - first, how);
}

int
arena_open(size_t text_size, size_t data_size, CodeBlock *block)
{
    text_size = round_up(text_size ? text_size : 1, CODE_ALIGNMENT);
    data_size = round_up(data_size, CODE_ALIGNMENT);
    if (bytes_allowed && bytes_used + text_size + data_size > bytes_allowed) {
        return -2;
    }
    Chunk *chunk = chunks;
    while (chunk != NULL && (find_span(&chunk->text, text_size) < 0 || (data_size && find_span(&chunk->data, data_size) < 0))) {
        chunk = chunk->next;
    }
    if (chunk == NULL && (chunk = new_chunk(text_size, data_size)) == NULL) {
        return -1;
    }
    if (make_room(&chunk->text, chunk->n_blocks + 1) < 0 || make_room(&chunk->data, chunk->n_blocks + 1) < 0) {
        return -1;
    }
    block->chunk = chunk;
    block->text_size = text_size;
    block->data_size = data_size;
    block->text = take_span(&chunk->text, find_span(&chunk->text, text_size), text_size);
    block->data = data_size ? take_span(&chunk->data, find_span(&chunk->data, data_size), data_size) : chunk->data.base;
    chunk->n_blocks++;
    bytes_used += text_size + data_size;
    blocks_used++;
    if (protect(block, PROT_READ | PROT_WRITE) < 0) {
        arena_free(block);
        return -1;
    }
    return 0;
}

int
arena_close(const CodeBlock *block)
{
    if (protect(block, PROT_READ | PROT_EXEC) < 0) {
        if (block->chunk->n_blocks > 1) {
            Py_FatalError("jitney: machine code can no longer be run");
        }
        return -1;
    }
    __builtin___clear_cache((char *)block->text, (char *)block->text + block->text_size);
    return 0;
}

void
arena_free(const CodeBlock *block)
{
    Chunk *chunk = block->chunk;
    CHECK(chunk->n_blocks > 0);
#ifdef JITNEY_ASSERT
    if (protect(block, PROT_READ | PROT_WRITE) == 0) { /* whoever runs it will be found out */
        memset(block->text, 0xCC, block->text_size);
        protect(block, PROT_READ | PROT_EXEC);
    }
    memset(block->data, 0xCC, block->data_size);
#endif
    give_span(&chunk->text, block->text, block->text_size);
    give_span(&chunk->data, block->data, block->data_size);
    bytes_used -= block->text_size + block->data_size;
    blocks_used--;
    if (--chunk->n_blocks == 0 && chunks->next != NULL) { /* one is kept */
        free_chunk(chunk);
    }
}

/* Asked by having them, for a moment. */
static int
is_to_be_had(size_t size)
{
    void *space = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return space != MAP_FAILED && munmap(space, size) == 0;
}

#else

static int
is_to_be_had(size_t size)
{
    return 0;
}

int
arena_open(size_t text_size, size_t data_size, CodeBlock *block)
{
    return -1;
}

int
arena_close(const CodeBlock *block)
{
    return -1;
}

void
arena_free(const CodeBlock *block)
{
}
#endif

PyObject *
arena_figures(PyObject *module, PyObject *unused)
{
    return Py_BuildValue("(nnnn)", (Py_ssize_t)bytes_used, (Py_ssize_t)blocks_used, (Py_ssize_t)bytes_mapped, (Py_ssize_t)bytes_allowed);
}

PyObject *
arena_limit(PyObject *module, PyObject *bytes)
{
    Py_ssize_t limit = PyLong_AsSsize_t(bytes);
    if (limit == -1 && PyErr_Occurred()) {
        return NULL;
    }
    bytes_allowed = limit > 0 ? (size_t)limit : 0;
    Py_RETURN_NONE;
}

PyObject *
arena_room(PyObject *module, PyObject *bytes)
{
    size_t size = PyLong_AsSize_t(bytes);
    if (size == (size_t)-1 && PyErr_Occurred()) {
        return NULL;
    }
    return PyBool_FromLong(is_to_be_had(size));
}
