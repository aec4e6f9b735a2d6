# What a variable named was kept alive by the region that had it as a constant: its destructor never ran.
class K:
    def __init__(self):
        self.b = 0.5

    def __del__(self):
        out("del", self.b)


def use(n):
    for i in range(n):
        v.b += 1.5


v = K()
for i in range(20):
    v.b += 1.0
out("before")
del v
out("after")
v = K()
use(9)
use(9)
v = None
out("again")
v = [K()]
for i in range(9):
    out(len(v))
v.append(1)
del v
out("list")
