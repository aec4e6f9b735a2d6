/* What the files of the runtime proper share among themselves; compiled code and helpers need only jitney.h. */
#ifndef JITNEY_RUNTIME_H
#define JITNEY_RUNTIME_H

#include "jitney.h"
#include <time.h>

/* ---- exit records (docs/internals.md, section 4), decoded once when a Region is made ---- */

enum { EXIT_MAGIC = 0x4A544E03 };
enum { EXIT_GUARD, EXIT_RAISE, EXIT_RETURN };
enum { ENTRY_OBJ_OWNED, ENTRY_OBJ_BORROWED, ENTRY_CONST, ENTRY_INT, ENTRY_FLOAT, ENTRY_BOOL, ENTRY_INT_CONST, ENTRY_VIRTUAL, N_ENTRY_TAGS };
enum { REF_NULL = -1, REF_SYNCED = -2 };
enum { ACTION_PUSH, ACTION_INIT, ACTION_DISCARD, ACTION_PUSH_BOOL, ACTION_OPERATOR, ACTION_CALLED, ACTION_ITERATE, ACTION_NEW };
enum { /* jitney/ir/virtuals.py */
    VIRTUAL_TUPLE, VIRTUAL_LIST, VIRTUAL_RANGE, VIRTUAL_RANGE_ITER, VIRTUAL_LIST_ITER, VIRTUAL_TUPLE_ITER, VIRTUAL_ENUMERATE, VIRTUAL_ZIP,
    VIRTUAL_METHOD, VIRTUAL_SLICE, VIRTUAL_REVERSED_LIST, VIRTUAL_STR_ITER, VIRTUAL_CELL, VIRTUAL_RANGE_ITER_DOWN, VIRTUAL_LIST_SLICE, VIRTUAL_DICT,
    VIRTUAL_GENERATOR, VIRTUAL_RUNNING, VIRTUAL_FUNCTION, N_VIRTUALS
};

typedef struct {
    uint8_t tag;
    uint8_t as_object; /* used where an object is wanted (an int can be a mere field of a virtual) */
    int32_t k;         /* index in values; of the constant; kind of virtual */
    int32_t n;         /* number of fields */
    const int32_t *fields;
    int64_t value; /* INT_CONST */
} Entry;

typedef struct {
    int32_t func;
    PyCodeObject *code; /* one of the region's consts */
    int32_t offset, return_offset, action;
    int32_t kept; /* operands on the stack until the callee returns (ACTION_OPERATOR, ACTION_CALLED, ACTION_NEW, ACTION_DISCARD); ACTION_ITERATE: where it goes on when the generator ends */
    int32_t n_locals, n_stack;
    const int32_t *locals, *stack;
} FrameRecord;

typedef struct {
    int32_t kind;
    int32_t stands_at; /* where the innermost frame stands while references are released */
    int32_t n_entries, n_frames, n_names, n_drops;
    Entry *entries;
    FrameRecord *frames;
    const int32_t *names, *drops;
    PyObject *constant; /* that an EXIT_RETURN returns (borrowed from the code object), NULL: the top of the stack */
    int plain;          /* no entry is virtual, and nothing is dropped */
    int brief;          /* likewise, of an EXIT_RETURN, and no slot is to hold an object that it does not hold yet */
    uint64_t count, ask_at;
    uint64_t cycles; /* that functions took in the interpreter after leaving here */
} Exit;

typedef struct Watch {
    void *object;
    PyObject *key; /* of a dict, or NULL */
} Watch;

/* The program's objects live no longer than without it. While the region is valid, they live anyway: the watchers invalidate it before one dies.
   Where nothing but recorded guards says that (PINNED), an object is held while the code runs. */
enum { OWNED, BORROWED, PINNED, UNWATCHED = 4 };

enum { MAX_TRIED = 32 };

typedef struct Region {
    PyObject_HEAD
    int64_t valid; /* 1 or 0; compiled code reads it */
    JitneyCode function;
    PyObject *code; /* what the function lies in, until it cannot run any more; NULL: somewhere else */
    int32_t buf_size, inline_depth;
    uint64_t entries;
    uint64_t cycles;     /* of the processor, spent in its code */
    uint64_t entered_at; /* the entry under way, if it is active */
    uint64_t ask_cycles; /* when on_region is told that it is busy; 0: never */
    uint64_t stamp;      /* of the latest entry, 0: none to count from */
    uint64_t left_at;    /* when that was over */
    uint64_t stamp_ticks;
    uint64_t pace_time, pace_entries, pace_ticks; /* from entry to entry: cycles, how many, back edges taken in the code */
    /* A trial of a whole function: compiled and plain calls take turns, so many at a time. */
    int32_t trial_windows, trial_left; /* windows to come, this one included; calls left in it */
    uint64_t trial_cycles;             /* the most that the calls of one take, but for its last */
    int32_t n_tried;                   /* windows of the latest trial */
    int32_t trial_depth;               /* calls under way: all within one go the same way */
    int32_t trial_plain;
    struct {
        unsigned long long cycles, calls;
    } tried[MAX_TRIED]; /* compiled, plain, compiled, ... */
    /* When on_region is told to look whether entries pay: after so many, or so many cycles in its code. */
    uint64_t look_at, look_cycles;
    uint64_t pause; /* cycles from leaving to entering that are no time of the loop any more: something else ran */
    int32_t active;
    int32_t running; /* contexts, from entering until the frames of the exit are in place */
    int32_t leaving; /* of them, those that need nothing of the region's any more: what they let go of is being released */
    char called;    /* a whole function, entered where compiled code calls it */
    char entered;   /* also where the interpreter does */
    uint64_t ticks; /* back edges to the header taken in the code; of a function that is entered: calls by compiled code */
    int32_t n_exits;
    Exit *exits;
    int32_t *words; /* the blob, aligned */
    int32_t n_needs;
    const int32_t *needs; /* the words at which each of the table begins: a count, numbers of constants (JitContext.needs) */
    PyObject **consts;
    uint8_t *ways; /* how it has each of them */
    int32_t n_consts, n_pins;
    int32_t *pins; /* numbers of the PINNED ones that an exit may give to a frame */
    PyObject *names, *data;
    uint64_t *guard_counts; /* by guard number; as many as were needed so far */
    int64_t n_guards;
    PyObject **codes; /* those inlined, borrowed: they live as long as it is valid */
    int32_t n_codes;
    PyObject *globals; /* the namespace that frames must have, likewise; NULL: any */
    Py_ssize_t n_watches;
    Watch *watches;
    PyObject *weakrefs;
} Region;

extern PyTypeObject RegionType;
/* exit_records.c */
int region_decode(Region *self, PyObject *blob);
/* It is not entered again. What only its code needs is let go of, at once or when it has been left. */
void region_invalidate(Region *region);
void region_pin(Region *region);
/* Whether the release of a reference runs no code. */
int dies_quietly(PyObject *object);
/* A context is through with it. May run the program's code. */
void region_over(Region *region);
void region_count_guard(Region *region, int64_t guard);

/* ---- per-code data ---- */

/* A window of a trial: of the interpreter's turn, and of the region's after it, cycles and rounds. While a turn lasts: what they began at. */
typedef struct {
    uint64_t plain_time, plain_rounds, time, rounds;
} Window;

typedef struct {
    int32_t offset; /* loop header, or 0 for the function's start */
    uint8_t disabled;
    uint8_t counts_calls; /* a function whose region was let go of: calls by compiled code count, too */
    uint8_t watched;      /* a function whose calls by the interpreter count, and may enter its region, though it does not call itself */
    int32_t count;
    Region *region; /* installed, or NULL */
    uint64_t stamp; /* of the latest back edge in the interpreter, 0: none to count from */
    uint64_t time;  /* in cycles, from back edge to back edge */
    uint64_t edges; /* as many */
    uint64_t all_time, all_edges; /* of these, since ever: the others forget */
    uint64_t median; /* cycles from back edge to back edge, within a sixteenth or so: what lies between two runs of the loop does not count */
    /* A trial takes the time of the interpreter and of the region in turn, over windows of so many back edges or entries. */
    int32_t windows;     /* of the interpreter's that are still to come */
    int32_t trial;       /* back edges left in the present one, 0: it is the region's turn, -1: for the last time */
    uint64_t trial_end;  /* cycle at which a turn ends though it had fewer rounds: the region's, if there was a pace to be measured */
    uint64_t next_trial; /* entries of the region at which its turn ends */
    uint64_t next_paces; /* paces measured when it began */
    Window *taken;       /* those of the latest trial, n_windows of them; the first n_taken are over, of one more the interpreter's turn may be */
    int32_t n_windows, n_taken;
    uint8_t turns; /* the interpreter has had its first turn */
} Place;

typedef struct {
    Place *places;
    int n_places, capacity;
    /* the recorder's: */
    PyObject *depths; /* bytes, Py_None (not accepted) or NULL (not asked) */
    PyObject *bytecode;
    uint64_t generation; /* of `depths` */
    uint64_t entered;
} CodeInfo;

int code_info_setup(void);
CodeInfo *code_info_find(PyObject *code); /* NULL when it has none */
CodeInfo *code_info_get(PyObject *code);  /* NULL with MemoryError */
Place *code_info_place(CodeInfo *info, int32_t offset, int create);
/* What is installed at the function's start, or NULL. */
static inline Region *
code_info_start(const CodeInfo *info)
{
    for (int i = 0; i < info->n_places; i++) {
        if (info->places[i].offset == 0) {
            return info->places[i].region;
        }
    }
    return NULL;
}

/* ---- configuration ---- */

typedef struct {
    uint32_t loop_threshold, call_threshold;
    uint64_t exit_threshold;
    Py_ssize_t max_log;
    int header_visits;
    int tool_id;
    uint8_t own_tools;
    PyObject *on_hot, *accept_code, *on_recorded, *on_hot_exit, *on_invalidated, *on_region, *disable, *set_local_events;
    uint64_t generation;
    uint64_t random_state; /* of what says which guards are left though they hold (option force_exits) */
    uint64_t clock, clock_step; /* for tests: where there is a step, each look at the clock takes as many cycles */
    int log_exits;
    PyObject *exit_log;
} Config;

extern Config config;
/* Calls a configured callable with tools muted; an exception is reported as unraisable and gives NULL, as does
   no memory, which is not. Steals no reference; keeps an exception that is set. */
PyObject *runtime_ask(PyThreadState *tstate, PyObject *callable, PyObject *arguments, PyObject *keywords);

/* ---- callbacks ---- */

/* Asks on_hot about a whole function, called by compiled code. */
void function_became_hot(PyThreadState *tstate, PyFunctionObject *function);

PyObject *callbacks_dict(PyObject *module, PyObject *unused);
/* Takes an invalid region away from its place and tells on_invalidated. Gives the place, which may have moved. */
Place *drop_invalid(PyThreadState *tstate, CodeInfo *info, Place *place);

/* ---- entering and leaving ---- */

static inline uint64_t
read_cycles(void)
{
    if (config.clock_step) {
        return config.clock += config.clock_step;
    }
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return ((uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec) * 5 / 2;
#endif
}

enum { MARGIN = 20, LOOK_AT = 256, LOOK_CYCLES = 1 << 25, LOOK_ENTRIES = 4, TRIED_CALLS = 32, WINDOW = 128, WINDOW_CYCLES = 1 << 22, LONG_PAUSE = 1 << 29, PAUSE = 1 << 22 /* cycles: no time between back edges but something else */ };
/* Whether the region may be entered by the frame now. */
int region_can_enter(PyThreadState *tstate, _PyInterpreterFrame *frame, PyCodeObject *code, Region *region);
/* Whether it was made for the frame's globals. */
int has_usual_builtins(PyThreadState *tstate, PyObject *builtins);
int region_has_namespace(_PyInterpreterFrame *frame, PyCodeObject *code, Region *region);
/* Memory for what must not fail, and recursion. */
static inline int
region_has_room(PyThreadState *tstate, const Region *region)
{
    return reserve_is_full() && tstate->py_recursion_remaining > region->inline_depth + MARGIN
        /* Each region on the stack costs C recursion that interpreted calls would not: leave half of it to others. */
        && tstate->c_recursion_remaining > COMPAT_C_RECURSION_LIMIT / 2;
}
/* The part of it that does not depend on the frame. */
int region_can_run(PyThreadState *tstate, PyCodeObject *code, Region *region);
/* Tells on_region. */
void region_tell(PyThreadState *tstate, Region *region, const char *what);
/* Enters, leaves, sets the frame up. Returns 0, or -1 with an exception set for the outermost frame's caller. `start`: byte offset of RESUME
   for a function entry, -1 for a loop. */
int region_enter(PyThreadState *tstate, _PyInterpreterFrame *frame, PyCodeObject *code, Region *region, int start);
int region_leave(JitContext *cx, int64_t exit, int start);
/* Leaves by the exit and runs the frame, which was made for the region, to its end. Returns what it returns, or NULL with an exception. */
PyObject *region_return(JitContext *cx, int64_t exit);
/* What a plain EXIT_RETURN returns: a new reference. */
PyObject *plain_result(const JitContext *cx, const Exit *exit);
int call_setup(void);
/* Grows when what was found of a call may not hold any more (call.c). */
extern uint64_t call_epoch;

#ifdef JITNEY_ASSERT
void region_check(const Region *region);
#else
#define region_check(REGION) ((void)0)
#endif

/* One more entry of the region, which is held until it is over. */
static inline void
context_init(JitContext *cx, PyThreadState *tstate, _PyInterpreterFrame *frame, Region *region)
{
    region_check(region);
    CHECK(!PyErr_Occurred());
    cx->tstate = tstate;
    cx->frame = frame;
    cx->localsplus = frame->localsplus;
    cx->guard = -1;
    cx->region = region;
    cx->dying = NULL;
    cx->linked = 1;
    cx->caller = NULL;
    cx->pending = -1;
    cx->needs = -1;
    cx->floor = NULL;
    Py_INCREF(region);
    if (region->running++ == 0 && region->n_pins) {
        region_pin(region);
    }
    region->entries++;
}

/* ---- frame_locals.c ---- */

void context_begins(JitContext *cx); /* about to run compiled code */
void context_ends(JitContext *cx);
void contexts_after_fork(PyThreadState *tstate); /* In the child: those of other threads, on stacks that will be others', are forgotten. */
/* Puts what others wrote while compiled code ran into its frames, of which `frame` is the innermost, at `level`; forgets it. */
void write_back(JitContext *cx, _PyInterpreterFrame *frame, int level);
/* Marks the constants that the region's contexts need yet. 0: it is not known of all of them. */
int contexts_need(const Region *region, char *needed);
void contexts_leave(void); /* All compiled code leaves when what it called returns. */
int frame_locals_setup(void);

/* ---- made.c: the values of an exit record ---- */

typedef struct {
    PyObject **objects;
    uint8_t *owned; /* we hold a reference */
} Made;

int made_setup(void);
extern const int virtual_fields[N_VIRTUALS]; /* how many each kind has, -1: any number */
int is_number_field(int kind, int i);       /* whether field i of a virtual is a mere number */
/* With `hand_over` the references of OBJ_OWNED entries become ours. */
void make_entries(JitContext *cx, const Exit *exit, Made *made, int hand_over);
void release_entry(Made *made, int32_t ref);
void release_entries(const Exit *exit, Made *made);

static inline PyObject *
field(const Made *made, int32_t ref)
{
    return ref < 0 ? NULL : made->objects[ref];
}

/* ---- generators.c: those that compiled code runs in place. `values`: of slots and stack, borrowed, NULL where there is nothing ---- */

PyObject *generator_new(PyObject *function); /* one that is over */
PyObject *generator_suspended(PyObject *function, int offset, PyObject *const *values, int count); /* to be resumed at `offset` */
/* One that is over becomes one that is being run: its frame, not linked to others yet. The exceptions that are being handled are its own from
   now on. Takes the reference to it over. */
_PyInterpreterFrame *generator_running(PyThreadState *tstate, PyObject *generator, PyObject *function, PyObject *const *values, int count);
PyObject *generator_of(_PyInterpreterFrame *frame);
/* It gave `result` (stolen) to a loop, on whose stack it lies: puts that there, too, and says 1; if it ended, takes it off the stack and says 0. */
int generator_goes_on(_PyInterpreterFrame *consumer, PyObject *generator, PyObject *result);

/* ---- kept_frames.c ---- */

/* The current frame, an inlined one, is about to go: 1 if its frame object is kept, for which compiled code must leave. */
int keep_frame(JitContext *cx, _PyInterpreterFrame *frame, int level);
/* The frames have been built again, of which `innermost` is at `level`: they get their objects back. */
void attach_frames(JitContext *cx, _PyInterpreterFrame *innermost, int level);

/* A special method that the operator at `offset` had called returned `result` (stolen): puts what comes of it in the operands' place.
   Returns 0, or -1 with an exception set. */
int operator_result(_PyInterpreterFrame *frame, PyCodeObject *code, int offset, PyObject **returned);

/* Looks the exception table up: 1 and the handler for the instruction at `offset`, or 0. */
int find_handler(PyCodeObject *code, int offset, int *target, int *depth, int *lasti);
/* The exception that is set was raised by the instruction at `offset` of `frame`, which is the current frame: adds its traceback entry
   if wanted, finds its handler, and sets the stack up for it. Gives the handler's offset, or -1 (the stack is untouched). `told`: the offset
   that tools are told. */
int deliver_exception(PyThreadState *tstate, _PyInterpreterFrame *frame, PyCodeObject *code, int offset, int told);
/* The function's end by the exception that is set, which the frame has no handler for; the frame is the current one. */
void unwind_frame(PyThreadState *tstate, _PyInterpreterFrame *frame, PyCodeObject *code, int offset);

/* ---- recorder ---- */

typedef struct {
    int active;
    PyThreadState *tstate;
    _PyInterpreterFrame *frame;
    PyCodeObject *code;
    int offset;
    PyObject *log, *codes;
    int visits;
    int64_t seen;    /* instructions, logged or not */
    int64_t skipped; /* instructions of code that is not followed, or of deeper recursion */
    int64_t walked;  /* frames, in search of the recorded one */
    int header_passed;
    int failed; /* an entry is missing */
    int busy;
    Region *region;
    int64_t exit;
} Recorder;

extern Recorder recorder;
/* Begins recording in `frame`; region and exit for a hot exit, else NULL. 0: not begun. */
int recorder_begin(PyThreadState *tstate, _PyInterpreterFrame *frame, PyCodeObject *code, int offset, Region *region, int64_t exit);
void recorder_end(const char *why);
/* A JUMP or PY_START event in the recording thread. */
void recorder_jump(_PyInterpreterFrame *current, int target);
void recorder_start(_PyInterpreterFrame *current);
void recorder_instruction(PyThreadState *tstate, PyObject *code, int offset);

/* ---- what is followed (follow.c) ---- */

PyObject *recorder_keeps_dicts(PyObject *module, PyObject *type);

/* ---- where objects keep attributes (introspect.c) ---- */

/* Whether asking a class for an attribute or its hash, or comparing it, runs code of its metaclass's: nobody would expect that. */
int introspect_is_strange(PyTypeObject *cls);

/* Of an attribute among an instance's inline values; -1: it is not there. */
Py_ssize_t introspect_inline_index(PyTypeObject *type, PyObject *name);
/* The byte offset of a __slots__ member; -1: it is none that holds any object. */
Py_ssize_t introspect_slot_offset(PyObject *descriptor);

/* ---- what the recorder follows (follow.c) ---- */

int follow_set_events(PyObject *code, int on);
PyObject *follow_restart_events(PyObject *module, PyObject *code);
/* Into this code from now on, if accepted. */
int follow_code(PyThreadState *tstate, PyObject *code);
/* Before an instruction is executed: lets events be on in what it will call. `top[-1]` is the top of the stack. */
void follow_instruction(PyThreadState *tstate, PyCodeObject *code, int opcode, int arg, PyObject **top, int depth);
void follow_callable(PyThreadState *tstate, PyObject *callable, PyObject *first);
void follow_generator(PyThreadState *tstate, PyObject *object);

enum { MAX_DEPTH = 64 /* frames below the recording one */ };
void repeats_reset(void);
/* An instruction of `frame`, `depth` below the recording one, is about to be logged: repetitions that end here are taken out of the log. */
void repeats_step(_PyInterpreterFrame *frame, int depth, int offset);

/* ---- watchers ---- */

int watch_setup(void);
int watch_dies(PyObject *object);
int watch_life(PyObject *object, Region *region);
/* The object is dead, or nearly so. */
void watch_died(void *object);
void watch_forget(Region *region);
PyObject *watch_type(PyObject *module, PyObject *args);
PyObject *watch_forget_with_code(PyObject *module, PyObject *dict);
PyObject *watch_dict(PyObject *module, PyObject *args);
PyObject *watch_namespace(PyObject *module, PyObject *args);
PyObject *watch_function(PyObject *module, PyObject *args);

/* ---- refs.c ---- */

int refs_setup(void);
int is_referable(PyObject *object);
PyObject *ref_of(PyObject *object);
void refs_died(void *at, int type_only);
void release_later(PyObject *object);

/* hidden.c */
void jitney_hide(void);

enum { GENERATIONS = 3 };

/* The collector's counters, while something of ours runs in a thread of the program. */
typedef struct {
    int counts[GENERATIONS];
    int first;
} Uncounted;

void jitney_fuse(PyCodeObject *code);
void jitney_begin_uncounted(Uncounted *saved);
void jitney_end_uncounted(const Uncounted *saved);
void jitney_keep_out_of_reach(void);
void jitney_count_after_fork(void);

/* apart.c */
void jitney_compile_apart(int wanted);
int jitney_give_way(void);
int jitney_begin_apart(void);
void jitney_end_apart(int first);

#endif
