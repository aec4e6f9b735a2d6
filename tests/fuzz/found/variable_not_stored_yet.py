# a variable that the outer loop stores was taken, at the header of the inner one, for one that is stored already
class Thing:
    def __init__(self, a):
        self.a = a


n = 0
for i in range(19):
    for thing in [Thing(i)]:
        n = n
        if i:
            pass
for j in range(30):
    for thing in (Thing(j), Thing(-j)):
        n += thing.a
        if j > 3:
            k = j
