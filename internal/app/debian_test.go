package app

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/smtp"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"kept/internal/mail"
	"kept/internal/mail/mailtest"
	"kept/internal/vault"
)

// Debian's own servers: aiosmtpd takes every mail and puts it into a Maildir,
// Dovecot hands it out by IMAP. Both listen on loopback, in a folder that goes with
// the test.
const maildrop = `
import sys
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
controller = Controller(Mailbox(sys.argv[1]), hostname="127.0.0.1", port=int(sys.argv[2]))
controller.start()
print("ready", flush=True)
sys.stdin.read()
controller.stop()
`

const dovecotConf = `
base_dir = %[1]s/run
state_dir = %[1]s/run
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
default_internal_user = %[2]s
default_login_user = %[3]s
default_internal_group = %[4]s
first_valid_uid = 0
mail_location = maildir:%[1]s/maildir
ssl = no
disable_plaintext_auth = no
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=%[5]s gid=%[6]s home=%[1]s
}
service imap-login {
  chroot =
  inet_listener imap {
    port = %[7]s
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`

// debian starts both and returns their ports; the test is skipped where they are
// not installed.
func debian(t *testing.T) (relay, mailbox string) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "kept-mail-") // a socket's path is at most 107 bytes long
	fatal(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	fatal(t, os.Chmod(dir, 0o755))
	for _, sub := range []string{"maildir", "maildir/new", "maildir/cur", "maildir/tmp", "run"} {
		fatal(t, os.MkdirAll(filepath.Join(dir, sub), 0o777))
	}
	relay, mailbox = port(t), port(t)
	drop := exec.Command("/usr/bin/python3", "-c", maildrop, filepath.Join(dir, "maildir"), relay)
	if os.Getuid() == 0 { // Dovecot lets root read no mail: it is nobody's
		for _, sub := range []string{"maildir", "maildir/new", "maildir/cur", "maildir/tmp"} {
			fatal(t, os.Chown(filepath.Join(dir, sub), nobody, nobody))
		}
		drop.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	starts(t, "ready", drop)
	starts(t, "starting up", exec.Command("/usr/sbin/dovecot", "-F", "-c", configured(t, dir, mailbox)))
	return relay, mailbox
}

// nobody is the user of that name.
const nobody = 65534

// configured writes Dovecot's configuration. For root Debian's package made users.
func configured(t *testing.T, dir, port string) string {
	t.Helper()
	me, err := user.Current()
	fatal(t, err)
	group, err := user.LookupGroupId(me.Gid)
	fatal(t, err)
	internal, login, uid, gid := me.Username, me.Username, me.Uid, me.Gid
	if me.Uid == "0" {
		internal, login, uid, gid = "dovecot", "dovenull", strconv.Itoa(nobody), strconv.Itoa(nobody)
		if group, err = user.LookupGroup("dovecot"); err != nil {
			t.Skip("run ./scripts/setup to install what this needs: ", err)
		}
	}
	conf := filepath.Join(dir, "dovecot.conf")
	fatal(t, os.WriteFile(conf, fmt.Appendf(nil, dovecotConf, dir, internal, login, group.Name, uid, gid, port), 0o600))
	return conf
}

func port(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	defer l.Close()
	_, p, err := net.SplitHostPort(l.Addr().String())
	fatal(t, err)
	return p
}

// starts runs a server until the end of the test, and returns once it has said
// that it is there.
func starts(t *testing.T, says string, cmd *exec.Cmd) {
	t.Helper()
	if _, err := os.Stat(cmd.Path); err != nil {
		t.Skip("run ./scripts/setup to install what this needs: ", err)
	}
	in, err := cmd.StdinPipe()
	fatal(t, err)
	read, write, err := os.Pipe()
	fatal(t, err)
	cmd.Stdout, cmd.Stderr = write, write
	fatal(t, cmd.Start())
	fatal(t, write.Close())
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(read)
	var said []string
	for lines.Scan() {
		if said = append(said, lines.Text()); strings.Contains(lines.Text(), says) {
			go func() {
				for lines.Scan() { // it stops when nobody listens
				}
			}()
			return
		}
	}
	if text := strings.Join(said, "\n"); strings.Contains(text, "No module named") {
		t.Skip("run ./scripts/setup to install what this needs: ", text)
	} else {
		t.Fatalf("%s does not start: %s", cmd.Path, text)
	}
}

// A whole correspondence over real servers: acknowledged, answered, answered by
// mail from a mailbox, ended by mail.
func TestACorrespondenceOverRealServers(t *testing.T) {
	relay, mailbox := debian(t)
	h := solo(t, under("m365connect"), func(h *house) {
		h.config.Mail = mail.Options{SMTP: vault.NewSecret("smtp://127.0.0.1:" + relay), IMAP: vault.NewSecret("imap://kept:secret@127.0.0.1:" + mailbox),
			From: "Kept Example <post@" + mailtest.Domain + ">", Domain: mailtest.Domain, Public: "https://" + mailtest.Domain}
	})
	w := h.writer("ada@person.example")
	w.wants(w.contacts(typed), http.StatusOK)
	drop := relayedTo(t, mailbox)
	reply := regexp.MustCompile(`(?i)Reply-To: <?(contact\+[0-9a-f]{32}@[a-z.]+)`).FindStringSubmatch(drop("arrived"))
	if reply == nil {
		t.Fatal("the acknowledgement does not say where answers go")
	}
	send := func(title, text string) {
		t.Helper()
		raw := "From: " + w.email + "\r\nTo: " + reply[1] + "\r\nSubject: " + title + "\r\nMessage-ID: <" + strings.ReplaceAll(title, " ", "") + "@person.example>\r\n\r\n" + text + "\r\n"
		fatal(t, smtp.SendMail("127.0.0.1:"+relay, nil, w.email, []string{reply[1]}, []byte(raw)))
		if _, err := h.Mail.Fetch(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.settle()
	}
	send("Re: Stecker", "Noch eine Frage")
	if n := h.counts("select count(*) from contact_message"); n != 2 {
		t.Fatalf("%d messages", n)
	}
	send("Widerspruch", "")
	if n := h.messages(); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	drop("Everything is deleted")
}

// relayedTo returns what finds the mail that holds a text in the mailbox.
func relayedTo(t *testing.T, mailbox string) func(text string) string {
	t.Helper()
	return func(text string) string {
		t.Helper()
		conn, err := net.Dial("tcp", "127.0.0.1:"+mailbox)
		fatal(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "a login kept secret\r\nb select INBOX\r\nc search text %q\r\nd fetch 1:* body.peek[]\r\ne logout\r\n", text)
		fatal(t, err)
		var said strings.Builder
		lines := bufio.NewScanner(conn)
		for lines.Scan() {
			said.WriteString(lines.Text() + "\n")
		}
		if !strings.Contains(said.String(), text) {
			t.Fatalf("no mail holds %q:\n%s", text, said.String())
		}
		return said.String()
	}
}
