package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"kept/internal/mail"
	"kept/internal/postgres"
)

// listmonk is the other program: built from its sources in a folder of its own, with a
// database of its own that goes at the end. Its mails have the same text and HTML,
// names filled in and a link to unsubscribe; it does not sign.
type listmonk struct {
	dir, config string
	readers     int
	admin, db   *sql.DB
}

const listmonkDatabase = "kept_bench_listmonk"

// openListmonk makes its database, with as many subscribers to a list.
func openListmonk(ctx context.Context, dir, url, temporary string, readers int) (*listmonk, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	l := &listmonk{dir: dir, config: filepath.Join(temporary, "listmonk.toml"), readers: readers}
	at, err := pgconn.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	l.admin = postgres.OpenConfig(at)
	for _, query := range []string{"drop database if exists " + listmonkDatabase, "create database " + listmonkDatabase} {
		if _, err := l.admin.ExecContext(ctx, query); err != nil {
			return nil, err
		}
	}
	own := at.Copy()
	own.Database = listmonkDatabase
	l.db = postgres.OpenConfig(own)
	text := fmt.Sprintf("[app]\naddress = \"127.0.0.1:0\"\nadmin_username = \"bench\"\nadmin_password = \"bench\"\n[db]\nhost = %q\nport = %d\nuser = %q\npassword = %q\ndatabase = %q\nssl_mode = \"disable\"\nmax_open = 25\nmax_idle = 25\nmax_lifetime = \"300s\"\n",
		at.Host, at.Port, at.User, cmp.Or(at.Password, "none"), listmonkDatabase) // it takes an empty one for the words behind it
	if err := os.WriteFile(l.config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	if out, err := l.command(ctx, "--install", "--yes").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("install listmonk: %w\n%s", err, out)
	}
	return l, l.fill(ctx)
}

// fill writes subscribers and settings: as many connections as Kept has, no bound on
// the rate, larger batches than its own thousand.
func (l *listmonk) fill(ctx context.Context) error {
	for _, query := range []string{
		"delete from campaigns", "delete from subscribers",
		fmt.Sprintf(`insert into subscribers (uuid, email, name) select gen_random_uuid(), 'reader' || i || '@example.net', 'Reader Number' || i from generate_series(0, %d) i`, l.readers-1),
		"insert into subscriber_lists (subscriber_id, list_id, status) select id, (select min(id) from lists), 'confirmed' from subscribers",
		fmt.Sprintf("update settings set value = '%d' where key = 'app.concurrency'", mail.UsualConnections),
		"update settings set value = '1000000' where key = 'app.message_rate'",
		"update settings set value = '5000' where key = 'app.batch_size'",
		"update settings set value = 'false' where key = 'app.check_updates'",
		"update settings set value = '[]' where key = 'app.notify_emails'",
		`update settings set value = '"https://example.org"' where key = 'app.root_url'`,
		"analyze",
	} {
		if _, err := l.db.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
	}
	return nil
}

func (l *listmonk) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(l.dir, "listmonk"), append([]string{"--config", l.config}, args...)...)
	cmd.Dir = l.dir
	return cmd
}

// measure has it send one campaign. Its time runs from the first mail to the last, so
// that it does not pay for looking for campaigns every five seconds only.
func (l *listmonk) measure(ctx context.Context) (rate float64, err error) {
	server, err := sink(true)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	if err := l.compose(ctx, server.address); err != nil {
		return 0, err
	}
	cmd := l.command(ctx)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	got, err := l.wait(server)
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait() // it says that it was signalled
	if err != nil {
		return 0, err
	}
	used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	most := int64(0)
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		most = u.Maxrss >> 10
	}
	rate = float64(got.mails) / time.Duration(got.last-got.first).Seconds()
	fmt.Printf("listmonk                 %6.0f mails/s  %4.0f µs of processor time each, PostgreSQL's not counted  %d of %d sent, %d bytes each  at most %d MB\n",
		rate, float64(used.Microseconds())/float64(got.mails), got.mails, l.readers, got.bytes/max(got.mails, 1), most)
	return rate, nil
}

// wait waits until everything has come, or nothing more comes.
func (l *listmonk) wait(server *server) (got taken, err error) {
	for still := 0; still < 40; {
		time.Sleep(500 * time.Millisecond)
		now, err := server.taken()
		if err != nil {
			return got, err
		}
		if now.mails == got.mails {
			still++
		} else {
			still = 0
		}
		if got = now; got.mails >= int64(l.readers) {
			break
		}
	}
	if got.mails < 2 {
		return got, errors.New("listmonk sent nothing; run it in its folder to see why")
	}
	return got, nil
}

// compose writes a campaign that is to leave as soon as listmonk runs.
func (l *listmonk) compose(ctx context.Context, address string) error {
	host, port, _ := strings.Cut(address, ":")
	smtp := fmt.Sprintf(`[{"enabled":true,"host":%q,"port":%s,"auth_protocol":"none","username":"","password":"","hello_hostname":"","max_conns":%d,"idle_timeout":"15s","wait_timeout":"5s","max_msg_retries":2,"tls_enabled":false,"tls_skip_verify":true,"email_headers":[]}]`, host, port, mail.UsualConnections)
	var html, text strings.Builder
	html.WriteString("<p>Hello {{ .Subscriber.Name }},</p>\n")
	text.WriteString("Hello {{ .Subscriber.Name }},\n\n")
	for range 20 { // with its own frame as long as Kept's mails
		html.WriteString("<p>" + line + "</p>\n")
		text.WriteString(line + "\n\n")
	}
	html.WriteString(`<p><a href="https://example.org/read">Read</a></p>`)
	text.WriteString("https://example.org/read\n")
	if _, err := l.db.ExecContext(ctx, "update settings set value = $1::jsonb where key = 'smtp'", smtp); err != nil {
		return err
	}
	if _, err := l.db.ExecContext(ctx, "update campaigns set status = 'cancelled' where status = 'running'"); err != nil {
		return err
	}
	var id int64
	err := l.db.QueryRowContext(ctx, `insert into campaigns (uuid, name, subject, from_email, body, altbody, content_type, status, messenger, template_id)
		values (gen_random_uuid(), 'bench', 'News', 'Example Ltd <news@example.org>', $1, $2, 'html', 'running', 'email', (select min(id) from templates)) returning id`, html.String(), text.String()).Scan(&id)
	if err != nil {
		return err
	}
	_, err = l.db.ExecContext(ctx, "insert into campaign_lists (campaign_id, list_id, list_name) select $1, min(id), 'bench' from lists", id)
	return err
}

// close drops its database.
func (l *listmonk) close(ctx context.Context) error {
	err := l.db.Close()
	_, dropped := l.admin.ExecContext(ctx, "drop database if exists "+listmonkDatabase)
	return errors.Join(err, dropped, l.admin.Close())
}
