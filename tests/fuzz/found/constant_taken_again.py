# A loop takes the next reference to a constant before it lets go of the last: the verifier counted one for both.
G0 = None
G1 = 2.0

class K0:

    def __init__(self, a, b=0.5):
        pass

class K1(K0):
    rate = 1

def main():
    v7 = 1
    v8 = tuple
    for i in range(2 ** 31, 2 ** 31 + 7):
        v7 &= -2
        v9 = K0(-3, G1) is K1(2, G1)
        v11 = [nan, 0.5][0] if 257 in {11: 7, 'a': -1} else G1 if v9 else -0.0
    else:
        pass
for _ in range(4):
    main()
