/* Exit records as the compiler writes them (docs/internals.md, section 4): decoded, and checked. */
#include "code.h"
#include "opcode.h"

typedef struct {
    const int32_t *at, *end;
    int bad;
} Reader;

static int32_t
next(Reader *reader)
{
    if (reader->at >= reader->end) {
        reader->bad = 1;
        return 0;
    }
    return *reader->at++;
}

static const int32_t *
next_array(Reader *reader, int64_t n)
{
    const int32_t *array = reader->at;
    if (n < 0 || n > reader->end - reader->at) {
        reader->bad = 1;
        return NULL;
    }
    reader->at += n;
    return array;
}

static int32_t
next_count(Reader *reader)
{
    int32_t n = next(reader);
    if (n < 0 || n > reader->end - reader->at) {
        reader->bad = 1;
        return 0;
    }
    return n;
}

static void
check_refs(Reader *reader, Exit *exit, const int32_t *refs, int32_t n, int synced)
{
    for (int32_t i = 0; refs != NULL && i < n; i++) {
        if (refs[i] >= exit->n_entries || refs[i] < (synced ? REF_SYNCED : REF_NULL)) {
            reader->bad = 1;
            return;
        }
        if (refs[i] >= 0) {
            exit->entries[refs[i]].as_object = 1;
        }
    }
}

/* What an EXIT_RETURN returns, of one frame. */
static int
decode_return(Exit *exit)
{
    FrameRecord *record = &exit->frames[0];
    if (exit->n_frames != 1 || exit->n_names || record->n_stack > 1) {
        return 1;
    }
    if (record->n_stack == 1) {
        return record->stack[0] < 0;
    }
    PyObject *bytecode = PyCode_GetCode(record->code); /* without instrumentation */
    if (bytecode == NULL) {
        return -1;
    }
    const unsigned char *bytes = (const unsigned char *)PyBytes_AS_STRING(bytecode);
    int at = record->offset, arg = bytes[at + 1];
    while (bytes[at] == EXTENDED_ARG && at + 3 < PyBytes_GET_SIZE(bytecode)) {
        at += 2;
        arg = arg << 8 | bytes[at + 1];
    }
    int known = bytes[at] == RETURN_CONST && arg < PyTuple_GET_SIZE(record->code->co_consts);
    exit->constant = known ? PyTuple_GET_ITEM(record->code->co_consts, arg) : NULL;
    Py_DECREF(bytecode);
    return !known;
}

/* Whether such an exit, of one frame, leaves nothing to do but giving the result, to which the only owned reference belongs, and clearing the slots. */
static int
is_brief(const Exit *exit)
{
    const FrameRecord *record = &exit->frames[0];
    int brief = exit->kind == EXIT_RETURN && exit->plain;
    for (int32_t i = 0; i < exit->n_entries; i++) {
        brief &= exit->entries[i].tag != ENTRY_OBJ_OWNED || (exit->constant == NULL && i == record->stack[0]);
    }
    for (int32_t i = 0; i < record->n_locals; i++) {
        int32_t ref = record->locals[i];
        brief &= ref < 0 || (exit->entries[ref].tag != ENTRY_OBJ_OWNED && exit->entries[ref].tag != ENTRY_OBJ_BORROWED);
    }
    return brief;
}

static int
decode_exit(Region *self, Reader *reader, Exit *exit)
{
    Py_ssize_t n_consts = self->n_consts;
    exit->kind = next(reader);
    int32_t n = exit->n_entries = next_count(reader);
    exit->entries = PyMem_Calloc((size_t)n + 1, sizeof(Entry));
    if (exit->entries == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (int32_t i = 0; i < n && !reader->bad; i++) {
        Entry *entry = &exit->entries[i];
        int32_t tag = next(reader);
        if (tag < 0 || tag >= N_ENTRY_TAGS) {
            reader->bad = 1;
            break;
        }
        entry->tag = (uint8_t)tag;
        if (tag == ENTRY_INT_CONST) {
            uint32_t low = (uint32_t)next(reader), high = (uint32_t)next(reader);
            entry->value = (int64_t)((uint64_t)high << 32 | low);
            continue;
        }
        entry->k = next(reader);
        if (tag == ENTRY_VIRTUAL) {
            entry->n = next_count(reader);
            entry->fields = next_array(reader, entry->n);
            if (entry->k < 0 || entry->k >= N_VIRTUALS || (virtual_fields[entry->k] >= 0 && virtual_fields[entry->k] != entry->n)) {
                reader->bad = 1;
                break;
            }
            for (int32_t j = 0; entry->fields != NULL && j < entry->n; j++) {
                if (entry->fields[j] >= i || entry->fields[j] < REF_NULL) {
                    reader->bad = 1;
                }
                else if (entry->fields[j] >= 0 && !is_number_field(entry->k, j)) {
                    exit->entries[entry->fields[j]].as_object = 1;
                }
            }
        }
        else if (entry->k < 0 || entry->k >= (tag == ENTRY_CONST ? n_consts : self->buf_size)) {
            reader->bad = 1;
        }
    }
    n = exit->n_frames = next_count(reader);
    exit->frames = PyMem_Calloc((size_t)n + 1, sizeof(FrameRecord));
    if (exit->frames == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (int32_t i = 0; i < n && !reader->bad; i++) {
        FrameRecord *frame = &exit->frames[i];
        frame->func = next(reader);
        int32_t code = next(reader);
        frame->offset = next(reader);
        frame->return_offset = next(reader);
        frame->action = next(reader);
        frame->kept = frame->action >> 8;
        frame->action &= 0xff;
        frame->n_locals = next_count(reader);
        frame->locals = next_array(reader, frame->n_locals);
        frame->n_stack = next_count(reader);
        frame->stack = next_array(reader, frame->n_stack);
        if (code < 0 || code >= n_consts || !PyCode_Check(self->consts[code]) || (i == 0) != (frame->func == REF_NULL)
            || frame->offset < 0 || frame->offset % 2) {
            reader->bad = 1;
            break;
        }
        frame->code = (PyCodeObject *)self->consts[code];
        if (frame->n_locals > frame->code->co_nlocalsplus || frame->n_stack > frame->code->co_stacksize || (frame->action != ACTION_ITERATE && frame->kept > frame->n_stack)
            || frame->offset >= Py_SIZE(frame->code) * 2) {
            reader->bad = 1;
            break;
        }
        check_refs(reader, exit, &frame->func, 1, 0);
        check_refs(reader, exit, frame->locals, frame->n_locals, i == 0);
        check_refs(reader, exit, frame->stack, frame->n_stack, i == 0);
    }
    exit->n_names = next_count(reader);
    exit->names = next_array(reader, 2 * (int64_t)exit->n_names);
    for (int32_t i = 0; exit->names != NULL && i < exit->n_names; i++) {
        if (exit->names[2 * i] < 0 || exit->names[2 * i] >= n_consts) {
            reader->bad = 1;
        }
        check_refs(reader, exit, &exit->names[2 * i + 1], 1, 0);
    }
    exit->n_drops = next_count(reader);
    exit->drops = next_array(reader, exit->n_drops);
    check_refs(reader, exit, exit->drops, exit->n_drops, 0);
    exit->stands_at = next(reader);
    int32_t buf_size = next(reader);
    if (reader->bad || exit->n_frames < 1 || buf_size > self->buf_size || exit->kind < EXIT_GUARD || exit->kind > EXIT_RETURN
        || exit->stands_at < 0 || exit->stands_at % 2 || exit->stands_at >= Py_SIZE(exit->frames[exit->n_frames - 1].code) * 2) {
        return 1;
    }
    exit->plain = exit->n_drops == 0;
    for (int32_t i = 0; i < exit->n_entries; i++) {
        exit->plain &= exit->entries[i].tag != ENTRY_VIRTUAL;
    }
    int failed = exit->kind == EXIT_RETURN ? decode_return(exit) : 0;
    exit->brief = !failed && is_brief(exit);
    return failed;
}

/* A count, and as many numbers of constants. */
static int
is_need(const Region *self, int32_t offset, const int32_t *end)
{
    if (offset < 0 || offset >= end - self->words) {
        return 0;
    }
    Reader reader = {self->words + offset, end, 0};
    for (int32_t n = next_count(&reader); n > 0 && !reader.bad; n--) {
        int32_t number = next(&reader);
        reader.bad |= number < 0 || number >= self->n_consts;
    }
    return !reader.bad;
}

/* Fills in the region's exits from the compiler's blob. -1: malformed, or not enough memory; an exception is set. */
int
region_decode(Region *self, PyObject *blob)
{
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(blob, &bytes, &size) < 0) {
        return -1;
    }
    self->words = PyMem_Malloc((size_t)size + 4);
    if (self->words == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(self->words, bytes, (size_t)size);
    const int32_t *end = self->words + size / 4;
    if (size % 4 || size < 12 || self->words[0] != EXIT_MAGIC || self->words[1] < 0 || self->words[2] < 0
        || (int64_t)self->words[1] + self->words[2] > size / 4 - 3) {
        PyErr_SetString(PyExc_ValueError, "not a blob of exit records, or of another version");
        return -1;
    }
    int32_t n_exits = self->words[1];
    self->exits = PyMem_Calloc((size_t)n_exits + 1, sizeof(Exit));
    if (self->exits == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->n_exits = n_exits;
    for (int32_t i = 0; i < n_exits; i++) {
        int32_t offset = self->words[3 + i];
        int result = 1;
        if (offset >= 0 && offset < size / 4) {
            Reader reader = {self->words + offset, end, 0};
            result = decode_exit(self, &reader, &self->exits[i]);
        }
        if (result > 0) {
            PyErr_Format(PyExc_ValueError, "exit record %d is malformed", (int)i);
        }
        if (result != 0) {
            return -1;
        }
    }
    self->n_needs = self->words[2];
    self->needs = &self->words[3 + n_exits];
    for (int32_t i = 0; i < self->n_needs; i++) {
        if (!is_need(self, self->needs[i], end)) {
            PyErr_Format(PyExc_ValueError, "what calls need, %d, is malformed", (int)i);
            return -1;
        }
    }
    return 0;
}
