# A variable that compiled code takes for a constant holds an object of another class than when it was recorded.
G0 = 0.1

class K0:

    def __init__(self, a, b=0.5):
        pass
for i in range(3):
    try:
        out
    except Exception as error:
        pass
v11 = 1
G1 = K0(G0)
v11 ^= i
v11 = G1
