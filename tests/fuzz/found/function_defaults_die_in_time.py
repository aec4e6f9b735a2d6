# What was recorded kept a function, and so its defaults, alive; their destructors ran late.
class K:
    def __del__(self):
        out("del")
def make():
    def f(x, k=K()):
        return x + 1
    return f
def work():
    f = make()
    t = 0
    for i in range(12):
        t += f(i)
    del f
    out("after", t)
for n in range(3):
    work()
