# Leaving wrote G1 first, and with it went the only reference to what v18 was to become: borrowed from the namespace itself.
G1 = 2.5
for i in range(1, 1):
    if K1 is K1:
        pass
w17 = 1
while w17 < 18:
    w17 += 1
    v18 = G1
    G1 = -G1
