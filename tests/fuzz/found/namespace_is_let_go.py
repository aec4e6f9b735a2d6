# A namespace in which code was compiled was kept alive, and so its variables; their destructors ran late or never.
class K:
    def __del__(self):
        out("del")
ns = {"K": K, "out": out}
exec("v = K()\nfor i in range(12):\n    w = v.__class__\n", ns)
del ns
out("after")
