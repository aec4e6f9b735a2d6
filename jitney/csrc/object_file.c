/* A relocatable object file, as LLVM makes it of a region, linked to where it is to run.

   ELF for x86-64 and aarch64, position-independent code of the small code model. What is not known here (another format, kind of section or of
   relocation) raises NotImplementedError: LLVM's own linker does it then, which takes more time, and memory that it does not give back. */
#include "code.h"
#include <dlfcn.h>

typedef struct {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_headers, section_headers;
    uint32_t flags;
    uint16_t size, program_size, n_program, section_size, n_sections, names;
} Header;

typedef struct {
    uint32_t name, type;
    uint64_t flags, address, offset, size;
    uint32_t link, info;
    uint64_t alignment, entry_size;
} SectionHeader;

typedef struct {
    uint32_t name;
    uint8_t info, other;
    uint16_t section;
    uint64_t value, size;
} SymbolEntry;

typedef struct {
    uint64_t offset;
    uint32_t type, symbol;
    int64_t addend;
} Relocation;

_Static_assert(sizeof(Header) == 64 && sizeof(SectionHeader) == 64 && sizeof(SymbolEntry) == 24 && sizeof(Relocation) == 24, "as in ELF files");

enum { RELOCATABLE = 1, X86_64 = 62, AARCH64 = 183 };
enum { PROGBITS = 1, SYMTAB = 2, RELA = 4, NOBITS = 8, REL = 9, UNWIND = 0x70000001 };
enum { WRITABLE = 1, ALLOCATED = 2, THREAD_LOCAL = 0x400 };
enum { UNDEFINED = 0, RESERVED = 0xFF00, ABSOLUTE = 0xFFF1 };
enum { TYPE_TLS = 6, TYPE_IFUNC = 10, LOCAL = 0 };

typedef struct ObjectSection {
    SectionHeader header;
    enum { NOWHERE, IN_TEXT, IN_DATA } where;
    uint64_t at; /* there */
} Section;

typedef struct ObjectSymbol {
    SymbolEntry entry;
    const char *name;
    uint64_t stub; /* offset in the text of its stub, 0: it needs none */
} Symbol;

/* TABLE of relocations: what is put where. A stub is a jump to the symbol's address, with the address behind. */
typedef enum { WORD, HALF_WORD, SIGNED_HALF_WORD, RELATIVE_WORD, RELATIVE, CALL, SLOT, SLOT_MOVED, /* bits within an instruction: */ BRANCH, BRANCH19, BRANCH14, PAGE, SLOT_PAGE, LOW12, SLOT_LOW12 } Kind;

typedef struct {
    uint32_t type;
    Kind kind;
    int scale; /* of LOW12, as a power of two */
} Row;

static const Row x86_64[] = {
    {1, WORD}, {2, RELATIVE}, {4, CALL}, {9, SLOT}, {10, HALF_WORD}, {11, SIGNED_HALF_WORD}, {24, RELATIVE_WORD}, {41, SLOT}, {42, SLOT_MOVED},
};
static const Row aarch64[] = {
    {257, WORD}, {258, HALF_WORD}, {260, RELATIVE_WORD}, {261, RELATIVE}, {275, PAGE}, {277, LOW12, 0}, {278, LOW12, 0}, {279, BRANCH14},
    {280, BRANCH19}, {282, BRANCH}, {283, BRANCH}, {284, LOW12, 1}, {285, LOW12, 2}, {286, LOW12, 3}, {299, LOW12, 4}, {311, SLOT_PAGE},
    {312, SLOT_LOW12, 3},
};

enum { STUB = 16, SLOT_IN_STUB = 8 };

static const Row *
find_row(int machine, uint32_t type)
{
    const Row *rows = machine == X86_64 ? x86_64 : aarch64;
    size_t n = machine == X86_64 ? Py_ARRAY_LENGTH(x86_64) : Py_ARRAY_LENGTH(aarch64);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].type == type) {
            return &rows[i];
        }
    }
    return NULL;
}

static int
is_wide(Kind kind)
{
    return kind == WORD || kind == RELATIVE_WORD;
}

static int
unknown(const char *what)
{
    PyErr_Format(PyExc_NotImplementedError, "object file: %s", what);
    return -1;
}

static int
malformed(const char *what)
{
    PyErr_Format(PyExc_ValueError, "object file: %s", what);
    return -1;
}

/* ---- reading ---- */

/* A part of the file; NULL with an exception set where it is not all there. */
static const void *
part(const ObjectFile *object, uint64_t offset, uint64_t size)
{
    if (offset > object->file_size || size > object->file_size - offset) {
        malformed("it is cut off");
        return NULL;
    }
    return object->file + offset;
}

static int
read_sections(ObjectFile *object)
{
    Header header;
    if (object->file_size < sizeof header) {
        return unknown("not ELF");
    }
    memcpy(&header, object->file, sizeof header);
    if (memcmp(header.ident, "\177ELF\2\1\1", 7) != 0 || !PY_LITTLE_ENDIAN) {
        return unknown("not ELF of 64 bits, little-endian");
    }
    if (header.type != RELOCATABLE || header.section_size != sizeof(SectionHeader) || (header.machine != X86_64 && header.machine != AARCH64)) {
        return unknown("not relocatable, or for another processor");
    }
    object->machine = header.machine;
    object->n_sections = header.n_sections;
    const uint8_t *table = part(object, header.section_headers, (uint64_t)header.n_sections * sizeof(SectionHeader));
    if (table == NULL) {
        return -1;
    }
    object->sections = PyMem_Calloc((size_t)object->n_sections + 1, sizeof(Section));
    if (object->sections == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (int i = 0; i < object->n_sections; i++) {
        memcpy(&object->sections[i].header, table + (size_t)i * sizeof(SectionHeader), sizeof(SectionHeader));
    }
    if (header.names >= object->n_sections) {
        return malformed("sections have no names");
    }
    SectionHeader *names = &object->sections[header.names].header;
    const char *texts = part(object, names->offset, names->size);
    if (texts == NULL || names->size == 0 || texts[names->size - 1] != 0) {
        return texts == NULL ? -1 : malformed("names do not end");
    }
    for (int i = 0; i < object->n_sections; i++) {
        Section *section = &object->sections[i];
        SectionHeader *at = &section->header;
        if (at->type == REL) {
            return unknown("relocations without addends");
        }
        if (!(at->flags & ALLOCATED) || at->size == 0 || at->type == UNWIND) {
            continue;
        }
        if (at->name >= names->size) {
            return malformed("a section has no name");
        }
        if (strcmp(texts + at->name, ".eh_frame") == 0) {
            continue; /* nothing is unwound through machine code */
        }
        if ((at->type != PROGBITS && at->type != NOBITS) || at->flags & THREAD_LOCAL || at->alignment > CODE_ALIGNMENT) {
            return unknown("a section that is not known");
        }
        if (at->size > 1 << 30 || (at->alignment & (at->alignment - 1))) {
            return malformed("a section's size");
        }
        if (at->type == PROGBITS && part(object, at->offset, at->size) == NULL) {
            return -1;
        }
        size_t *total = at->flags & WRITABLE ? &object->data_size : &object->text_size, alignment = at->alignment ? (size_t)at->alignment : 1;
        section->where = at->flags & WRITABLE ? IN_DATA : IN_TEXT;
        section->at = (*total + alignment - 1) & ~(alignment - 1);
        *total = (size_t)(section->at + at->size);
        if (*total > 1 << 30) {
            return unknown("larger than relative addresses go");
        }
    }
    return 0;
}

static int
read_symbols(ObjectFile *object)
{
    int number = 0;
    while (number < object->n_sections && object->sections[number].header.type != SYMTAB) {
        number++;
    }
    if (number == object->n_sections) {
        return malformed("no symbols");
    }
    SectionHeader *table = &object->sections[number].header;
    if (table->link >= (uint32_t)object->n_sections || table->size / sizeof(SymbolEntry) > 1 << 24) {
        return malformed("symbols");
    }
    SectionHeader *names = &object->sections[table->link].header;
    object->n_symbols = (int)(table->size / sizeof(SymbolEntry));
    const uint8_t *entries = part(object, table->offset, table->size);
    const char *texts = part(object, names->offset, names->size);
    if (entries == NULL || texts == NULL) {
        return -1;
    }
    if (names->size == 0 || texts[names->size - 1] != 0) {
        return malformed("names do not end");
    }
    object->symbol_table = PyMem_Calloc((size_t)object->n_symbols + 1, sizeof(Symbol));
    if (object->symbol_table == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (int i = 0; i < object->n_symbols; i++) {
        Symbol *symbol = &object->symbol_table[i];
        memcpy(&symbol->entry, entries + (size_t)i * sizeof(SymbolEntry), sizeof(SymbolEntry));
        if (symbol->entry.name >= names->size || (symbol->entry.section >= object->n_sections && symbol->entry.section < RESERVED)) {
            return malformed("a symbol");
        }
        symbol->name = texts + symbol->entry.name;
    }
    return 0;
}

/* Calls `visit` for each relocation that counts. */
static int
each_relocation(ObjectFile *object, int (*visit)(ObjectFile *, const Section *, const Relocation *, const Row *))
{
    for (int i = 0; i < object->n_sections; i++) {
        SectionHeader *header = &object->sections[i].header;
        if (header->type != RELA) {
            continue;
        }
        if (header->info >= (uint32_t)object->n_sections) {
            return malformed("relocations of no section");
        }
        const Section *section = &object->sections[header->info];
        if (section->where == NOWHERE) {
            continue;
        }
        const uint8_t *entries = part(object, header->offset, header->size);
        if (entries == NULL) {
            return -1;
        }
        for (uint64_t at = 0; at + sizeof(Relocation) <= header->size; at += sizeof(Relocation)) {
            Relocation relocation;
            memcpy(&relocation, entries + at, sizeof relocation);
            const Row *row = find_row(object->machine, relocation.type);
            if (row == NULL) {
                PyErr_Format(PyExc_NotImplementedError, "object file: relocation %u", (unsigned)relocation.type);
                return -1;
            }
            uint64_t width = is_wide(row->kind) ? 8 : 4;
            if (relocation.symbol >= (uint32_t)object->n_symbols || section->header.size < width || relocation.offset > section->header.size - width
                || section->header.type != PROGBITS) {
                return malformed("a relocation");
            }
            if (visit(object, section, &relocation, row) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int
needs_stub(const Symbol *symbol, Kind kind)
{
    return kind == SLOT || kind == SLOT_MOVED || kind == SLOT_PAGE || kind == SLOT_LOW12
        || ((kind == CALL || kind == BRANCH) && symbol->entry.section == UNDEFINED);
}

static int
count_stub(ObjectFile *object, const Section *section, const Relocation *relocation, const Row *row)
{
    Symbol *symbol = &object->symbol_table[relocation->symbol];
    int type = symbol->entry.info & 15;
    if (type == TYPE_TLS || type == TYPE_IFUNC || (symbol->entry.section >= RESERVED && symbol->entry.section != ABSOLUTE)
        || (symbol->entry.section != UNDEFINED && symbol->entry.section < RESERVED && object->sections[symbol->entry.section].where == NOWHERE)) {
        return unknown("a symbol that is not known");
    }
    if (symbol->stub == 0 && needs_stub(symbol, row->kind)) {
        symbol->stub = object->text_size;
        object->text_size += STUB;
        object->stubs++;
    }
    return 0;
}

int
object_read(ObjectFile *object)
{
    if (read_sections(object) < 0 || read_symbols(object) < 0) {
        return -1;
    }
    object->text_size = (object->text_size + STUB - 1) / STUB * STUB;
    if (object->text_size == 0) {
        return malformed("no code");
    }
    return each_relocation(object, count_stub);
}

void
object_free(ObjectFile *object)
{
    PyMem_Free(object->sections);
    PyMem_Free(object->symbol_table);
}

/* ---- linking ---- */

static uint64_t
address_in(const ObjectFile *object, const Section *section)
{
    return (section->where == IN_TEXT ? object->text : object->data) + section->at;
}

static int
find_symbol(const ObjectFile *object, const Symbol *symbol, uint64_t *address)
{
    if (symbol->entry.section == ABSOLUTE) {
        *address = symbol->entry.value;
        return 0;
    }
    if (symbol->entry.section != UNDEFINED) {
        *address = address_in(object, &object->sections[symbol->entry.section]) + symbol->entry.value;
        return 0;
    }
    PyObject *name = PyUnicode_FromString(symbol->name);
    PyObject *number = name != NULL ? PyDict_GetItemWithError(object->symbols, name) : NULL;
    Py_XDECREF(name);
    if (number != NULL) {
        *address = PyLong_AsUnsignedLongLong(number);
    }
    else if (!PyErr_Occurred()) { /* of the C library, as code generation may want it */
        *address = (uint64_t)(uintptr_t)dlsym(RTLD_DEFAULT, symbol->name);
        if (*address == 0) {
            PyErr_Format(PyExc_NotImplementedError, "object file: there is no %s", symbol->name);
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

static int
out_of_reach(void)
{
    return unknown("an address is out of reach");
}

static int
put_signed(uint8_t *place, int64_t value)
{
    int32_t half = (int32_t)value;
    if (half != value) {
        return out_of_reach();
    }
    memcpy(place, &half, sizeof half);
    return 0;
}

/* Puts `width` bits of a signed number into an instruction. */
static int
put_bits(uint8_t *place, int64_t value, int width, int shift)
{
    if (value < -((int64_t)1 << (width - 1)) || value >= (int64_t)1 << (width - 1)) {
        return out_of_reach();
    }
    uint32_t word, mask = (uint32_t)(((uint64_t)1 << width) - 1);
    memcpy(&word, place, sizeof word);
    word = (word & ~(mask << shift)) | ((uint32_t)value & mask) << shift;
    memcpy(place, &word, sizeof word);
    return 0;
}

static int
fits(int64_t value, int width)
{
    return value >= -((int64_t)1 << (width - 1)) && value < (int64_t)1 << (width - 1);
}

static int
put_page(uint8_t *place, uint64_t from, uint64_t to)
{
    int64_t pages = (int64_t)((to & ~(uint64_t)4095) - (from & ~(uint64_t)4095)) / 4096;
    if (!fits(pages, 21)) {
        return out_of_reach();
    }
    uint32_t word;
    memcpy(&word, place, sizeof word);
    word = (word & ~(3u << 29 | 0x7FFFFu << 5)) | ((uint32_t)pages & 3) << 29 | ((uint32_t)(pages >> 2) & 0x7FFFF) << 5;
    memcpy(place, &word, sizeof word);
    return 0;
}

static int
put_low12(uint8_t *place, uint64_t to, int scale)
{
    uint32_t word, low = (uint32_t)to & 4095;
    if (low & ((1u << scale) - 1)) {
        return malformed("an address is not aligned");
    }
    memcpy(&word, place, sizeof word);
    word = (word & ~(4095u << 10)) | (low >> scale) << 10;
    memcpy(place, &word, sizeof word);
    return 0;
}

static int
relocate(ObjectFile *object, const Section *section, const Relocation *relocation, const Row *row)
{
    enum { MOV = 0x8B, LEA = 0x8D };
    Symbol *symbol = &object->symbol_table[relocation->symbol];
    uint8_t *place = (section->where == IN_TEXT ? object->text_out : object->data_out) + section->at + relocation->offset;
    uint64_t from = address_in(object, section) + relocation->offset, address;
    if (find_symbol(object, symbol, &address) < 0) {
        return -1;
    }
    uint64_t to = address + (uint64_t)relocation->addend, stub = object->text + symbol->stub, slot = stub + SLOT_IN_STUB;
    int64_t distance = (int64_t)(to - from), slot_distance = (int64_t)(slot + (uint64_t)relocation->addend - from);
    switch (row->kind) {
    case WORD:
        memcpy(place, &to, sizeof to);
        return 0;
    case RELATIVE_WORD:
        memcpy(place, &distance, sizeof distance);
        return 0;
    case HALF_WORD:
        if (to >> 32) {
            return out_of_reach();
        }
        memcpy(place, &(uint32_t){(uint32_t)to}, 4);
        return 0;
    case SIGNED_HALF_WORD:
        return put_signed(place, (int64_t)to);
    case RELATIVE:
        return put_signed(place, distance);
    case CALL:
        return put_signed(place, symbol->stub && !fits(distance, 32) ? (int64_t)(stub + (uint64_t)relocation->addend - from) : distance);
    case SLOT_MOVED: /* the address itself will do, where it is a matter of loading it */
        if (relocation->offset >= 2 && place[-2] == MOV && relocation->addend == -4 && fits(distance, 32)) {
            place[-2] = LEA;
            return put_signed(place, distance);
        }
        return put_signed(place, slot_distance);
    case SLOT:
        return put_signed(place, slot_distance);
    case BRANCH:
        if (symbol->stub && !fits(distance, 28)) {
            distance = (int64_t)(stub - from);
        }
        return put_bits(place, distance / 4, 26, 0);
    case BRANCH19:
        return put_bits(place, distance / 4, 19, 5);
    case BRANCH14:
        return put_bits(place, distance / 4, 14, 5);
    case PAGE:
        return put_page(place, from, to);
    case SLOT_PAGE:
        return put_page(place, from, slot);
    case LOW12:
        return put_low12(place, to, row->scale);
    case SLOT_LOW12:
        return put_low12(place, slot, row->scale);
    }
    Py_UNREACHABLE();
}

static int
write_stubs(ObjectFile *object)
{
    static const uint8_t jump_x86_64[] = {0xFF, 0x25, 2, 0, 0, 0, 0xCC, 0xCC};      /* jmp *2(%rip) */
    static const uint8_t jump_aarch64[] = {0x50, 0, 0, 0x58, 0, 0x02, 0x1F, 0xD6}; /* ldr x16, .+8; br x16 */
    for (int i = 0; i < object->n_symbols; i++) {
        Symbol *symbol = &object->symbol_table[i];
        uint64_t address;
        if (symbol->stub == 0) {
            continue;
        }
        if (find_symbol(object, symbol, &address) < 0) {
            return -1;
        }
        memcpy(object->text_out + symbol->stub, object->machine == X86_64 ? jump_x86_64 : jump_aarch64, SLOT_IN_STUB);
        memcpy(object->text_out + symbol->stub + SLOT_IN_STUB, &address, sizeof address);
    }
    return 0;
}

int
object_link(ObjectFile *object)
{
    for (int i = 0; i < object->n_sections; i++) {
        Section *section = &object->sections[i];
        if (section->where != NOWHERE) {
            uint8_t *out = (section->where == IN_TEXT ? object->text_out : object->data_out) + section->at;
            if (section->header.type == NOBITS) {
                memset(out, 0, (size_t)section->header.size);
            }
            else {
                memcpy(out, object->file + section->header.offset, (size_t)section->header.size);
            }
        }
    }
    return write_stubs(object) < 0 ? -1 : each_relocation(object, relocate);
}

uint64_t
object_find(const ObjectFile *object, const char *name, uint64_t *size)
{
    for (int i = 0; i < object->n_symbols; i++) {
        const Symbol *symbol = &object->symbol_table[i];
        int section = symbol->entry.section;
        if (section != UNDEFINED && section < RESERVED && symbol->entry.info >> 4 != LOCAL && strcmp(symbol->name, name) == 0) {
            *size = symbol->entry.size;
            return object->sections[section].where == NOWHERE ? 0 : address_in(object, &object->sections[section]) + symbol->entry.value;
        }
    }
    return 0;
}
