package store

import (
	"os"
	"syscall"
)

// syncData waits until the file's content is on the disk. Times of access and
// change may follow later (fdatasync).
func syncData(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); err != syscall.EINTR {
			return err
		}
	}
}
