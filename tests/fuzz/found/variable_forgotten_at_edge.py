# An object that dies between two loops had the variables of module-level code written back and forgotten: KeyError in the compiler.
inf, nan = (float('inf'), float('nan'))
G0 = 123456.789
G1 = 5

class K0:
    __slots__ = ('a', 'b', 'c', '__weakref__')
    rate = 3

    def __init__(self, a=1, b=0.5):
        self.a = a
        self.b = b
        self.c = a

    @property
    def p(self):
        return self.a & 255

class K1:
    __slots__ = ('a', 'b', 'c', '__weakref__')
    rate = 2 ** 62

    def __init__(self, a=1, b=0.5):
        self.a = a
        self.b = b
        self.c = a

    def m(self, x):
        return int(len('xyz'))

    def g(self):
        return math.sin(G0 * G0)

    @property
    def p(self):
        return self.a * 2

    @classmethod
    def cm(cls, x):
        return cls.rate - x

    @staticmethod
    def sm(x):
        return x - 2 ** 31

    def __add__(self, other):
        return K1(self.a ^ (other if isinstance(other, int) else 1), self.b)

    def __lt__(self, other):
        return self.a < other.a

    def __getitem__(self, index):
        return self.a if index < 4 else [][index]

    def __exit__(self, *error):
        out('exit', error[0])
        return False

    def __repr__(self):
        return '<' + str(self.a) + '>'
for i in range(-3, 23, 2):
    for i7 in {8: 9, 'a': 10}.items():
        if False:
            break
        G1 = G1 + 3
        G1, G1 = (i, G1)
        G1 = K0(11, -inf).p % 2 ** 31
    v8 = [*i7, K1(1, 0.1).m(G1)][:6]
    if isinstance({4: 8, 'a': 2 ** 30}, str):
        G0 *= G0
    elif False is not True:
        for i9 in (-6,):
            v8.insert(0, (i if False else G1) % 2 ** 31)
    else:
        v8 = f0_(hash(i), dict(a=G1), sum((G1 for j in v8)))[:6]
