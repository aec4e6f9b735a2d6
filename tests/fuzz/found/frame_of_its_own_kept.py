# Functions that keep their frame while they go on: it was that of a frame that had ended, with the line where it was got.
import sys


def look():
    frame = sys._getframe(1)
    out(sorted(frame.f_locals), frame.f_lineno)
    frame.f_locals['new'] = 1
    return 1
def itself(n):
    frame = sys._getframe()
    out(frame.f_lasti, frame is sys._getframe())
    n += 1
    out(frame.f_lineno, frame.f_locals['n'], frame.f_back is sys._getframe(1))
    return frame.f_lineno
def traced(n):
    sys._getframe().f_trace = out
    return sys._getframe().f_trace is out
def caller(n):
    r = 0
    for i in range(6):
        r += itself(i)
        if i % 2:
            r += look() + traced(i)
    return r
def twice(n):
    a = locals()
    n += 1
    b = locals()
    return a is b, a['n'], sorted(b)
for i in range(8):
    out(caller(i), twice(i))
