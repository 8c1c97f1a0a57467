package sqltest

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"kept/internal/remote/sqldata"
	"kept/internal/store"
	"kept/internal/vault"
)

// One server for all tests of a process, on a free port of this machine.
var maria struct {
	sync.Mutex
	address string
	err     error
	stop    func()
}

const mariaPassword = "for-tests-only"

// MariaDB makes a database on a server of its own.
func MariaDB(t testing.TB) *Server {
	t.Helper()
	if _, err := mariadbd(); err != nil {
		t.Skip("no MariaDB: mariadbd is not installed (make setup installs it)")
	}
	maria.Lock()
	if maria.address == "" && maria.err == nil {
		maria.address, maria.stop, maria.err = startMariaDB()
	}
	maria.Unlock()
	if maria.err != nil {
		t.Fatal(maria.err)
	}
	name := "other_" + store.NewID()
	open := func(database string) *sql.DB {
		c := mysql.NewConfig()
		c.Net, c.Addr, c.User, c.Passwd, c.DBName, c.ParseTime = "tcp", maria.address, "kept", mariaPassword, database, true
		connector, err := mysql.NewConnector(c)
		if err != nil {
			t.Fatal(err)
		}
		return sql.OpenDB(connector)
	}
	admin := open("")
	defer admin.Close()
	if _, err := admin.Exec("create database " + name); err != nil {
		t.Fatal(err)
	}
	return serve(t, open(name), sqldata.Config{
		Kind: sqldata.MySQL, Address: maria.address, Database: name, User: "kept", Password: vault.NewSecret(mariaPassword),
	})
}

// Stop ends the server; call it from TestMain.
func Stop() {
	if maria.stop != nil {
		maria.stop()
	}
}

func mariadbd() (string, error) {
	if path, err := exec.LookPath("mariadbd"); err == nil {
		return path, nil
	}
	const usual = "/usr/sbin/mariadbd"
	_, err := os.Stat(usual)
	return usual, err
}

func startMariaDB() (address string, stop func(), err error) {
	dir, err := os.MkdirTemp("", "mariadb-")
	if err != nil {
		return "", nil, err
	}
	clean := func() { os.RemoveAll(dir) }
	data, socket := filepath.Join(dir, "data"), filepath.Join(dir, "s")
	user := "--user=" + me()
	if out, err := exec.Command("mariadb-install-db", "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db", user).CombinedOutput(); err != nil {
		clean()
		return "", nil, fmt.Errorf("mariadb-install-db: %w: %s", err, out)
	}
	begin := filepath.Join(dir, "begin.sql")
	if err := os.WriteFile(begin, []byte("create user kept@'%' identified by '"+mariaPassword+"';\ngrant all on *.* to kept@'%';\n"), 0o600); err != nil {
		clean()
		return "", nil, err
	}
	port, err := freePort()
	if err != nil {
		clean()
		return "", nil, err
	}
	binary, _ := mariadbd()
	server := exec.Command(binary, "--no-defaults", "--datadir="+data, "--socket="+socket, "--port="+port, "--bind-address=127.0.0.1",
		"--init-file="+begin, "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve", user)
	var log strings.Builder
	server.Stderr = &log
	if err := server.Start(); err != nil {
		clean()
		return "", nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	stop = func() { server.Process.Kill(); <-ended; clean() }
	address = net.JoinHostPort("127.0.0.1", port)
	return address, stop, answers(address, ended, &log)
}

// me is who runs the tests; MariaDB wants to be told if it is root.
func me() string {
	if os.Getuid() == 0 {
		return "root"
	}
	return os.Getenv("USER")
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// answers waits for the server's first answer.
func answers(address string, ended chan error, log *strings.Builder) error {
	c := mysql.NewConfig()
	c.Net, c.Addr, c.User, c.Passwd, c.Logger = "tcp", address, "kept", mariaPassword, quiet{}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	late := time.After(time.Minute)
	for db.Ping() != nil {
		select {
		case err := <-ended:
			return fmt.Errorf("mariadbd ended: %w: %s", err, log)
		case <-late:
			return errors.New("mariadbd did not answer within a minute")
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

type quiet struct{}

func (quiet) Print(...any) {}
