# Reads the files of a package with other readers than ours.
import csv, email.header, email.utils, glob, json, mailbox

data = json.load(open("data.json", encoding="utf-8"))
names = {t["name"]: t for a in data["activities"] for t in a["tables"]}
assert len(names["circle_letter"]["rows"]) == 2, names

rows = 0
for name in glob.glob("tables/*.csv"):
    for line in list(csv.reader(open(name, encoding="utf-8-sig", newline="")))[1:]:
        rows += 1
        for cell in line:
            assert cell[:1] not in ("=", "+", "@", "\t", "\r") and not (cell[:1] == "-" and not cell[1:].isdigit()), cell
assert rows == sum(len(t["rows"]) for t in names.values()), rows


def decoded(text):
    return str(email.header.make_header(email.header.decode_header(text)))


box = mailbox.mbox("letters.mbox")
assert len(box) == 2, len(box)
for m in box:
    assert m["Bcc"] is None and not m.defects, (m.items(), m.defects)
    assert email.utils.parsedate_to_datetime(m["Date"]).year == 2026, m["Date"]
    assert email.utils.parseaddr(m["From"])[1] == "ada@circle.example", m["From"]
    assert email.utils.parseaddr(m["To"]) == ("Lesekreis e. V.", "privacy@circle.example"), m["To"]
    assert decoded(m["Subject"]).startswith("=cmd|"), m["Subject"]
texts = [m.get_payload(decode=True).decode("utf-8") for m in box]
assert any(t.strip() == "From the beginning\nof time" for t in texts), texts

try:
    import vobject
except ImportError:
    print("python3-vobject is missing: it reads no card and no appointment")
else:
    cards = list(vobject.readComponents(open("contacts.vcf", encoding="utf-8", newline="").read()))
    assert all(c.name == "VCARD" and c.version.value == "4.0" and c.fn.value for c in cards), cards
    mails = [e.value for c in cards for e in c.contents.get("email", [])]
    assert "ada@circle.example" in mails and "x@y.example" not in mails, mails
    [calendar] = vobject.readComponents(open("appointments.ics", encoding="utf-8", newline="").read())
    calendar.validate()
    [event] = calendar.vevent_list
    assert event.dtstart.value.year == 2026 and event.summary.value == "Lesekreis", event

try:
    import icalendar
except ImportError:
    print("python3-icalendar is missing: it reads no appointment")
else:
    calendar = icalendar.Calendar.from_ical(open("appointments.ics", "rb").read())
    [event] = calendar.walk("VEVENT")
    assert not event.errors and event["SUMMARY"] == "Lesekreis", event
