/* 3.12's superinstructions, put back.

   A fresh code object has some pairs of instructions fused into one (Python/specialize.c, _PyCode_Quicken). Instrumenting it takes all of these out
   again, whatever the events are (Python/instrumentation.c, is_super_instruction), and for good: what is not compiled would be slower for as long as
   the program runs, by up to a third. 3.13 has them in the bytecode itself. */
#include "runtime.h"

#if PY_VERSION_HEX < 0x030D0000
#include "opcode.h"
#define NEED_OPCODE_TABLES
#include "internal/pycore_opcode.h"

static const struct {
    uint8_t first, second, fused;
} pairs[] = {
    {LOAD_CONST, LOAD_FAST, LOAD_CONST__LOAD_FAST},     {LOAD_FAST, LOAD_CONST, LOAD_FAST__LOAD_CONST},
    {LOAD_FAST, LOAD_FAST, LOAD_FAST__LOAD_FAST},       {STORE_FAST, LOAD_FAST, STORE_FAST__LOAD_FAST},
    {STORE_FAST, STORE_FAST, STORE_FAST__STORE_FAST},
};
enum { N_PAIRS = sizeof(pairs) / sizeof(pairs[0]), SHOWN_ELSEWHERE = -1 };

/* Cache entries that follow the instruction, instrumented or not. */
static int
caches_after(uint8_t opcode)
{
    switch (opcode) {
    case INSTRUMENTED_CALL:
        return INLINE_CACHE_ENTRIES_CALL;
    case INSTRUMENTED_FOR_ITER:
        return INLINE_CACHE_ENTRIES_FOR_ITER;
    case INSTRUMENTED_LOAD_SUPER_ATTR:
        return INLINE_CACHE_ENTRIES_LOAD_SUPER_ATTR;
    case INSTRUMENTED_LINE:
    case INSTRUMENTED_INSTRUCTION:
        return SHOWN_ELSEWHERE;
    default:
        return opcode < MIN_INSTRUMENTED_OPCODE ? _PyOpcode_Caches[_PyOpcode_Deopt[opcode]] : 0;
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
        int caches = caches_after(opcode);
        if (caches == SHOWN_ELSEWHERE) {
            return;
        }
        if (caches == 0 && opcode < MIN_INSTRUMENTED_OPCODE) {
            uint8_t second = _PyOpcode_Deopt[opcode]; /* fused itself with what follows, if this is not all new */
            for (int k = 0; k < N_PAIRS; k++) {
                if (pairs[k].first == previous && pairs[k].second == second) {
                    instructions[i - 1].op.code = pairs[k].fused;
                }
            }
        }
        previous = caches == 0 ? opcode : 0;
        i += caches;
    }
}
#else
void
jitney_fuse(PyCodeObject *code)
{
}
#endif
