"""Trees of lxml, whose nodes are proxies that come and go, walked and changed in hot loops."""

from lxml import etree


def build(n):
    root = etree.Element("root")
    for i in range(n):
        item = etree.SubElement(root, "item", number=str(i))
        item.text = "even" if i % 2 == 0 else None
        item.tail = str(i * i)
        if i % 10 == 0:
            etree.SubElement(item, "tenth").set("of", item.get("number"))
    return root


def walk(root, n):
    counts, total = {}, 0
    for _ in range(n):
        for node in root.iter():
            counts[node.tag] = counts.get(node.tag, 0) + 1
            number = node.get("number")
            if number is not None:
                total += int(number)
            if node.text is None and len(node):
                total -= 1
            for name, value in node.items():
                total += len(name) + len(value)
    return counts, total


def change(root):
    removed = []
    for node in list(root):
        if int(node.get("number")) % 3 == 0:
            root.remove(node)
            removed.append(node)
        else:
            node.attrib["seen"] = "1"
            del node.attrib["number"]
    parents = [node.getparent() is None for node in removed]
    return len(root), sum(parents), etree.tostring(root)[-200:], etree.tostring(removed[3])


class Names:
    def __init__(self):
        self.events = []

    def start(self, tag, attributes):
        self.events.append((tag, *sorted(attributes.items())))

    def end(self, tag):
        self.events.append("/" + tag)

    def data(self, text):
        self.events.append(len(text))

    def close(self):
        return self.events


def parse(root, n):
    text = etree.tostring(root)
    out = []
    for i in range(n):
        out = etree.fromstring(text, etree.XMLParser(target=Names()))
        try:
            etree.fromstring(text[: -1 - i % 5])
        except etree.XMLSyntaxError as error:
            out.append(str(error).split(",")[0])
    return len(out), out[:20], out[-1]


tree = build(200)
print(walk(tree, 8))
print(tree.xpath("sum(//item/@number)"), [node.get("of") for node in tree.iterfind(".//tenth")])
print(change(tree))
print(parse(build(30), 12))
