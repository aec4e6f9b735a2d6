/* Repetitions in a recording: inner loops and calls.

   A recording goes through all iterations of the loops in the loop that is recorded, and through all calls. Most take a path that was seen
   before, with the same operands: such an iteration or call is taken out of the log again, back to where it began. What is left tells of
   the same instructions, successors and operands; only the counts are smaller. */
#include "runtime.h"

enum { MAX_LOOPS = 48, MAX_PATHS = 512, KEPT = 2, CALLED = -1 };

typedef struct {
    int depth, header; /* of a loop, or CALLED */
    _PyInterpreterFrame *frame;
    Py_ssize_t start; /* in the log: where the present iteration, or the call, begins */
    uint64_t path;    /* hash of the calls that led there */
} OpenLoop;

static struct {
    OpenLoop loops[MAX_LOOPS];
    int n_loops;
    uint64_t paths[MAX_PATHS]; /* of the iterations and calls kept */
    int counts[MAX_PATHS];
    int n_paths;
    int last[MAX_DEPTH + 1]; /* each frame's last instruction, -1: none yet */
    _PyInterpreterFrame *frames[MAX_DEPTH + 1];
} inner;

void
repeats_reset(void)
{
    inner.n_loops = inner.n_paths = 0;
    for (int i = 0; i <= MAX_DEPTH; i++) {
        inner.frames[i] = NULL;
    }
}

static uint64_t
mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9E3779B97F4A7C15ull;
    return hash ^ hash >> 29;
}

/* By identity; tuples and ints, of which entries are made, by what they hold. */
static uint64_t
path_hash(uint64_t hash, PyObject *thing)
{
    if (PyTuple_CheckExact(thing)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(thing); i++) {
            hash = path_hash(hash, PyTuple_GET_ITEM(thing, i));
        }
        return mix(hash, (uint64_t)PyTuple_GET_SIZE(thing));
    }
    if (PyLong_CheckExact(thing)) {
        long value = PyLong_AsLong(thing);
        PyErr_Clear();
        return mix(hash, (uint64_t)value);
    }
    if (PyUnicode_CheckExact(thing)) {
        return mix(hash, (uint64_t)PyObject_Hash(thing));
    }
    return mix(hash, (uint64_t)(uintptr_t)thing);
}

/* What the recording calls the inlining context: where each frame above `depth` stands, and in which code. */
static uint64_t
calls_hash(int depth)
{
    uint64_t hash = (uint64_t)depth;
    for (int i = 0; i < depth; i++) {
        if (inner.frames[i] != NULL) { /* else: above what a hot exit's recording has seen */
            hash = mix(mix(hash, (uint64_t)inner.last[i]), (uint64_t)(uintptr_t)compat_frame_executable(inner.frames[i]));
        }
    }
    return hash;
}

/* The log ends with a whole iteration or call: if the like was seen before in the same inlining context, it is taken away. */
static void
inner_settle(OpenLoop *loop)
{
    Py_ssize_t size = PyList_GET_SIZE(recorder.log);
    uint64_t hash = mix((uint64_t)loop->header, loop->path);
    for (Py_ssize_t i = loop->start; i < size; i++) {
        hash = path_hash(hash, PyList_GET_ITEM(recorder.log, i));
    }
    for (int i = 0; i < inner.n_paths; i++) {
        if (inner.paths[i] == hash) {
            if (++inner.counts[i] > KEPT && PyList_SetSlice(recorder.log, loop->start, size, NULL) < 0) {
                PyErr_Clear();
            }
            return;
        }
    }
    if (inner.n_paths < MAX_PATHS) {
        inner.paths[inner.n_paths] = hash;
        inner.counts[inner.n_paths++] = 1;
    }
}

/* The frame at `depth` has gone back to the header of a loop: was its iteration seen before? */
static void
inner_closed(_PyInterpreterFrame *frame, int depth, int header)
{
    int at = inner.n_loops;
    while (--at >= 0) {
        OpenLoop *loop = &inner.loops[at];
        if (loop->frame == frame && loop->depth == depth && loop->header == header) {
            break;
        }
    }
    if (at < 0) {
        if (inner.n_loops < MAX_LOOPS) {
            inner.loops[inner.n_loops++] = (OpenLoop){depth, header, frame, PyList_GET_SIZE(recorder.log), calls_hash(depth)};
        }
        return;
    }
    inner.n_loops = at + 1;
    inner_settle(&inner.loops[at]);
    inner.loops[at].start = PyList_GET_SIZE(recorder.log);
}

/* An instruction is about to be logged. */
void
repeats_step(_PyInterpreterFrame *frame, int depth, int offset)
{
    int known = inner.frames[depth] == frame, again = known && offset <= inner.last[depth];
    while (inner.n_loops > 0) { /* loops that were left, and calls */
        OpenLoop *loop = &inner.loops[inner.n_loops - 1];
        if (loop->depth < depth || (loop->depth == depth && known && offset >= loop->header)) {
            break;
        }
        if (loop->header == CALLED) {
            inner_settle(loop);
        }
        inner.n_loops--;
    }
    if (!known && depth > 0 && inner.n_loops < MAX_LOOPS) {
        inner.loops[inner.n_loops++] = (OpenLoop){depth, CALLED, frame, PyList_GET_SIZE(recorder.log), calls_hash(depth)};
    }
    inner.frames[depth] = frame;
    inner.last[depth] = offset;
    for (int deeper = depth + 1; deeper <= MAX_DEPTH && inner.frames[deeper] != NULL; deeper++) {
        inner.frames[deeper] = NULL;
    }
    if (again) {
        if (depth == 0 && recorder.header_passed) {
            inner.n_loops = 0; /* the loop that is recorded */
        }
        else {
            inner_closed(frame, depth, offset);
        }
    }
}
