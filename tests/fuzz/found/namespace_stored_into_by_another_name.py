# A variable that a loop relied on, and stored into its module's namespace as into any dict, kept its value; what it named died late.
class C:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        out()

    def __add__(self, other):
        return hit(other)
v = C(1)

def hit(k):
    globals()["v"] = C(k)
    return k

def loop():
    r = 0
    for i in range(9):
        r += v.n
        r += C(i) + i
    out(r)
loop()
