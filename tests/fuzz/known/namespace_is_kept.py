# Not mended: a namespace in which code was compiled is kept alive, and so its variables; their destructors run late or never.
class K:
    def __del__(self):
        out("del")
ns = {"K": K, "out": out}
exec("v = K()\nfor i in range(12):\n    w = v.__class__\n", ns)
del ns
out("after")
