/* Memory for machine code, and object files put into it. */
#ifndef JITNEY_CODE_H
#define JITNEY_CODE_H

#include "runtime.h"

/* ---- arena.c ---- */

struct Chunk;

/* Machine code with its constants, and what it writes to; near enough for relative addresses of 32 bits. */
typedef struct {
    struct Chunk *chunk;
    uint8_t *text, *data;
    size_t text_size, data_size; /* as they are allocated */
} CodeBlock;

enum { CODE_ALIGNMENT = 64 };

/* 0, or -1 where there is no memory, -2 where it would be more than the limit. The text can be written, and nothing near it run, until `arena_close`: the GIL must not be released. */
int arena_open(size_t text_size, size_t data_size, CodeBlock *block);
/* 0, or -1 where the system does not allow it to run; then it is to be freed. */
int arena_close(const CodeBlock *block);
void arena_free(const CodeBlock *block);
PyObject *arena_figures(PyObject *module, PyObject *unused);
PyObject *arena_limit(PyObject *module, PyObject *bytes);
PyObject *arena_room(PyObject *module, PyObject *bytes);

/* ---- object_file.c ---- */

typedef struct {
    const uint8_t *file;
    size_t file_size;
    int machine;       /* ELF's number */
    PyObject *symbols; /* dict: what it calls -> address */
    size_t text_size, data_size;
    uint64_t text, data;         /* where they are to run */
    uint8_t *text_out, *data_out; /* where they are to be written */
    /* within */
    int n_sections, n_symbols;
    struct ObjectSection *sections;
    struct ObjectSymbol *symbol_table;
    size_t stubs;
} ObjectFile;

/* Reads it: how much room it needs. -1 with NotImplementedError (to be left to another linker), ValueError or MemoryError. */
int object_read(ObjectFile *object);
/* Writes it to where `text_out` and `data_out` point. */
int object_link(ObjectFile *object);
/* The address of a symbol that it defines, and its size; 0: there is none. */
uint64_t object_find(const ObjectFile *object, const char *name, uint64_t *size);
void object_free(ObjectFile *object);

/* ---- code.c ---- */

extern PyTypeObject CodeType;
int code_setup(PyObject *module);

#endif
