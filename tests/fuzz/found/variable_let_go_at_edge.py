# A variable that is forgotten where ways meet took a reference with it, of which borrowed values became owned: the compiler lost one.
class K0:

    def __init__(self, a, b=1):
        self.b = b

    def __add__(self, other):
        return K0(0 - (other if isinstance else 1), self.b)

class K1(K0):
    pass
v10 = [1]
w11 = 0
v12 = K1(1)
v13 = w11
for i in [v12, int] * 2:
    v10[0] = round
    v12 = v12 + w11
    match v13:
        case str() | None:
            try:
                if i:
                    pass
            except Exception as error:
                v10 = sorted
