/* A copy of this process that compiles: it has all objects at the same addresses, and a GIL of its own.

   The copy is made by the bare system call, so that neither the program's fork handlers run nor its SIGCHLD handler or os.wait() ever hears
   of it. It runs nothing of the program (but what hangs in its imports: live/loading.py), closes its files at once and ends by `_exit`. What
   it has to say it writes into memory shared with its maker. A lock that another thread held inside the C library stays locked in it for
   ever: whoever waits for it must have a limit. */
#include "runtime.h"

#if defined(__linux__)
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __WALL
#define __WALL 0x40000000
#endif

enum { NICE = 5, FIRST_NAP = 200000, LONGEST_NAP = 4000000 /* nanoseconds */ };

typedef struct {
    int64_t length; /* of the message, -1: there is none */
    char bytes[];
} Mailbox;

static Mailbox *mailbox;
static size_t mailbox_size;
static pid_t mailbox_owner;

static int
make_mailbox(size_t size)
{
    if (mailbox != NULL && mailbox_size == size && mailbox_owner == getpid()) {
        return 0;
    }
    if (mailbox != NULL) { /* after a fork of the program it is its parent's */
        munmap(mailbox, mailbox_size);
        mailbox = NULL;
    }
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    mailbox = memory;
    mailbox_size = size;
    mailbox_owner = getpid();
    return 0;
}

static void
close_files(void)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 0u, ~0u, 0u) == 0) {
        return;
    }
#endif
    for (int fd = 0; fd < 4096; fd++) {
        close(fd);
    }
}

/* Whether a thread is in the middle of importing what the copy would import, and what would never come to its end there. Between this and
   the copy no other thread may run: nothing here executes Python code. -1: an exception. */
static int
is_importing(PyObject *busy, PyObject *locks, PyObject *packages)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(busy); i++) {
        PyObject *answer = PyObject_CallNoArgs(PyTuple_GET_ITEM(busy, i));
        int is_busy = answer != NULL ? PyObject_IsTrue(answer) : -1;
        Py_XDECREF(answer);
        if (is_busy) {
            return is_busy;
        }
    }
    PyObject *name, *lock;
    Py_ssize_t position = 0;
    while (PyDict_Next(locks, &position, &name, &lock)) {
        if (!PyUnicode_Check(name)) {
            continue;
        }
        Py_ssize_t length = PyUnicode_GET_LENGTH(name), dot = PyUnicode_FindChar(name, '.', 0, length, 1);
        PyObject *package = PyUnicode_Substring(name, 0, dot >= 0 ? dot : length);
        int is_one = package != NULL ? PySet_Contains(packages, package) : -1;
        Py_XDECREF(package);
        if (is_one) {
            return is_one;
        }
    }
    return 0;
}

static PyObject *
copy_process(PyObject *module, PyObject *args)
{
    Py_ssize_t size;
    PyObject *busy, *locks, *packages;
    if (!PyArg_ParseTuple(args, "nO!O!O!:copy_process", &size, &PyTuple_Type, &busy, &PyDict_Type, &locks, &PyFrozenSet_Type, &packages)) {
        return NULL;
    }
    if (size <= (Py_ssize_t)sizeof(Mailbox)) {
        PyErr_SetString(PyExc_ValueError, "too small a mailbox");
        return NULL;
    }
    if (make_mailbox((size_t)size) < 0) {
        return NULL;
    }
    mailbox->length = -1;
    int importing = is_importing(busy, locks, packages);
    if (importing) {
        return importing < 0 ? NULL : Py_NewRef(Py_None);
    }
    sigset_t all, before;
    sigfillset(&all);
    pid_t parent = getpid();
    pthread_sigmask(SIG_SETMASK, &all, &before);
    /* No signal at its end. The arguments after the flags have another order on some processors; they are all nothing. */
    long pid = syscall(SYS_clone, 0UL, 0UL, 0UL, 0UL, 0UL);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(1);
        }
        close_files();
        setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + NICE);
        compat_own_gil(PyThreadState_GET());
        return PyLong_FromLong(0);
    }
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) {
        errno = error;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyLong_FromLong(pid);
}

static PyObject *
send_and_exit(PyObject *module, PyObject *message)
{
    char *bytes;
    Py_ssize_t length;
    if (PyBytes_AsStringAndSize(message, &bytes, &length) < 0) {
        _exit(2);
    }
    if ((size_t)length + sizeof(Mailbox) > mailbox_size) {
        _exit(3);
    }
    memcpy(mailbox->bytes, bytes, (size_t)length);
    mailbox->length = length;
    _exit(0);
}

/* Seconds of processor time that a process has taken. */
static double
time_taken(pid_t pid)
{
    clockid_t clock;
    struct timespec now;
    if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &now)) {
        return 0;
    }
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Waits for the copy to end; ends it when it has done nothing for `patience` seconds. */
static void
wait_for(pid_t pid, double patience)
{
    long nap = FIRST_NAP;
    double idle = 0, before = 0;
    for (;;) {
        int status;
        pid_t got = waitpid(pid, &status, WNOHANG | __WALL);
        if (got == pid || (got < 0 && errno != EINTR)) {
            return;
        }
        double taken = time_taken(pid);
        idle = taken > before ? 0 : idle + (double)nap * 1e-9;
        before = taken;
        if (idle > patience) {
            kill(pid, SIGKILL);
        }
        struct timespec pause = {0, nap};
        nanosleep(&pause, NULL);
        nap = nap * 3 / 2 < LONGEST_NAP ? nap * 3 / 2 : LONGEST_NAP;
    }
}

static PyObject *
await_copy(PyObject *module, PyObject *args)
{
    long pid;
    double patience;
    if (!PyArg_ParseTuple(args, "ld:await_copy", &pid, &patience)) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    wait_for((pid_t)pid, patience);
    Py_END_ALLOW_THREADS
    if (mailbox == NULL || mailbox->length < 0 || (size_t)mailbox->length + sizeof(Mailbox) > mailbox_size) {
        Py_RETURN_NONE;
    }
    PyObject *message = PyBytes_FromStringAndSize(mailbox->bytes, (Py_ssize_t)mailbox->length);
    madvise(mailbox, mailbox_size, MADV_REMOVE);
    return message;
}

static PyObject *
end_copy(PyObject *module, PyObject *pid)
{
    long number = PyLong_AsLong(pid);
    if (number == -1 && PyErr_Occurred()) {
        return NULL;
    }
    if (number > 0) {
        kill((pid_t)number, SIGKILL);
    }
    Py_RETURN_NONE;
}

PyMethodDef jitney_process_methods[] = {
    {"copy_process", copy_process, METH_VARARGS, "copy_process(size, busy, locks, packages) -> its process id, 0 in the copy. None: one of the C functions\n"
     "`busy` says yes, or a module of the packages is in `locks`. `size`: of its message, at most. Raises OSError."},
    {"send_and_exit", send_and_exit, METH_O, "The copy's last word, in bytes."},
    {"await_copy", await_copy, METH_VARARGS, "await_copy(pid, seconds) -> the message, None where there is none: it crashed, or did nothing for so long."},
    {"end_copy", end_copy, METH_O, "Kills a copy that has not been awaited."},
    {NULL},
};

#else

PyMethodDef jitney_process_methods[] = {{NULL}};

#endif
