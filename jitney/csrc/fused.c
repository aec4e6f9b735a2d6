/* 3.12's superinstructions, put back.

   A fresh code object has some pairs of instructions fused into one (Python/specialize.c, _PyCode_Quicken). Instrumenting it takes all of these out
   again, whatever the events are (Python/instrumentation.c, is_super_instruction), and for good: what is not compiled would be slower for as long as
   the program runs, by up to a third. 3.13 has them in the bytecode itself. */
#include "runtime.h"

#if COMPAT_FUSED_WHEN_MADE
#include "opcode.h"
#define NEED_OPCODE_TABLES
#include "internal/pycore_opcode.h"

/* 0: none. */
static inline uint8_t
fuse(uint8_t first, uint8_t second)
{
    switch (second) {
    case LOAD_FAST:
        return first == LOAD_FAST ? LOAD_FAST__LOAD_FAST : first == STORE_FAST ? STORE_FAST__LOAD_FAST : first == LOAD_CONST ? LOAD_CONST__LOAD_FAST : 0;
    case STORE_FAST:
        return first == STORE_FAST ? STORE_FAST__STORE_FAST : 0;
    case LOAD_CONST:
        return first == LOAD_FAST ? LOAD_FAST__LOAD_CONST : 0;
    default:
        return 0;
    }
}

static int
caches_after_instrumented(uint8_t opcode)
{
    switch (opcode) {
    case INSTRUMENTED_CALL:
        return INLINE_CACHE_ENTRIES_CALL;
    case INSTRUMENTED_FOR_ITER:
        return INLINE_CACHE_ENTRIES_FOR_ITER;
    case INSTRUMENTED_LOAD_SUPER_ATTR:
        return INLINE_CACHE_ENTRIES_LOAD_SUPER_ATTR;
    default:
        return 0;
    }
}

/* Not in code that another tool sees the lines or instructions of. Costs less than the instrumenting did. */
void
jitney_fuse(PyCodeObject *code)
{
    _Py_CODEUNIT *instructions = _PyCode_CODE(code);
    uint8_t previous = 0;
    for (Py_ssize_t i = 0; i < Py_SIZE(code); i++) {
        uint8_t opcode = instructions[i].op.code;
        if (opcode >= MIN_INSTRUMENTED_OPCODE) {
            if (opcode == INSTRUMENTED_LINE || opcode == INSTRUMENTED_INSTRUCTION) {
                return;
            }
            i += caches_after_instrumented(opcode);
            previous = 0;
            continue;
        }
        uint8_t base = _PyOpcode_Deopt[opcode]; /* other than `opcode` if this is specialised, or fused already with what follows */
        uint8_t fused = fuse(previous, base);
        if (fused) {
            instructions[i - 1].op.code = fused;
        }
        previous = opcode;
        i += _PyOpcode_Caches[base];
    }
}
#else
void
jitney_fuse(PyCodeObject *code)
{
}
#endif
