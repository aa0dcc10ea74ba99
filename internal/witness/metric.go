package witness

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
)

// metricAddress is where petri metric reaches PID 1: in the container's own network, which is no
// file, and there for every user and with no network too.
const metricAddress = "@petri-metric"

// What a run may say of itself in all. A metric said again replaces what was said before, and the
// file is written anew when it has grown to much more than what counts.
const (
	maxMetricBytes = 4 << 20
	maxMetricsFile = 16 << 20
)

// saying is what petri metric sends: name and value as written.
type saying struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// hearing takes metrics from the command and appends them to MetricsFile before it says yes.
type hearing struct {
	folder string
	fd     int
	socket *os.File // nil where there is none
	file   *os.File
	length int64 // of the file
	bytes  int   // of what counts
	metric map[string]petri.Metric
	order  []string
	done   chan struct{}
}

// hear begins to listen. Where that is not possible, petri metric says so to who calls it.
func hear(folder, address string) *hearing {
	h := &hearing{folder: folder, metric: map[string]petri.Metric{}, done: make(chan struct{})}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err == nil {
		if err = unix.Bind(fd, &unix.SockaddrUnix{Name: address}); err != nil {
			_ = unix.Close(fd)
		}
	}
	if err != nil {
		close(h.done)
		return h
	}
	h.fd, h.socket = fd, os.NewFile(uintptr(fd), "metrics")
	go h.listen()
	return h
}

// listen answers until end closes the socket.
func (h *hearing) listen() {
	defer close(h.done)
	conn, err := h.socket.SyscallConn()
	if err != nil {
		return
	}
	message := make([]byte, maxSaying)
	for {
		var n int
		var from unix.Sockaddr
		var failure error
		err := conn.Read(func(fd uintptr) bool {
			n, from, failure = unix.Recvfrom(int(fd), message, unix.MSG_TRUNC)
			return failure != unix.EAGAIN
		})
		switch {
		case err != nil:
			return
		case failure == unix.EINTR, from == nil:
			continue
		case failure != nil:
			return
		}
		answer := ""
		if err := h.take(message[:min(n, len(message))], n > len(message)); err != nil {
			answer = petri.MessageOf(err)
		}
		// Who does not wait for the answer misses it.
		_ = unix.Sendto(h.fd, []byte(answer), unix.MSG_DONTWAIT, from)
	}
}

// maxSaying is the longest message: every byte of a value may be written as six.
const maxSaying = 6*(petri.MaxMetricName+petri.MaxMetricText) + 64

// take keeps one metric. Kinds: invalid, exhausted.
func (h *hearing) take(message []byte, cut bool) error {
	var said saying
	if err := json.Unmarshal(message, &said); err != nil || cut {
		return petri.Errorf(petri.Invalid, "that was no metric")
	}
	m, err := petri.NewMetric(said.Name, said.Value)
	if err != nil {
		return err
	}
	before, again := h.metric[m.Name]
	bytes := h.bytes + len(m.Name) + len(m.String())
	if again {
		bytes -= len(before.Name) + len(before.String())
	}
	if !again && len(h.metric) >= petri.MaxMetrics || bytes > maxMetricBytes {
		return petri.Errorf(petri.Exhausted, "the run has said all that it may: %d metrics, %d MiB in all; write more to a file of the project", petri.MaxMetrics, maxMetricBytes>>20)
	}
	line, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := h.append(append(line, '\n')); err != nil {
		return petri.Wrap(petri.Exhausted, err, "the metric could not be kept: %v", err)
	}
	if !again {
		h.order = append(h.order, m.Name)
	}
	h.metric[m.Name], h.bytes = m, bytes
	return nil
}

func (h *hearing) append(line []byte) error {
	if h.file == nil {
		file, err := os.OpenFile(filepath.Join(h.folder, MetricsFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND|unix.O_NOFOLLOW, 0o644)
		if err != nil {
			return err
		}
		h.file = file
	}
	if h.length+int64(len(line)) > maxMetricsFile {
		if err := h.rewrite(); err != nil {
			return err
		}
	}
	n, err := h.file.Write(line)
	if err != nil {
		_ = h.file.Truncate(h.length)
		return err
	}
	h.length += int64(n)
	return nil
}

// rewrite leaves only what counts, a line each.
func (h *hearing) rewrite() error {
	var whole bytes.Buffer
	for _, name := range h.order {
		line, err := json.Marshal(h.metric[name])
		if err != nil {
			return err
		}
		whole.Write(append(line, '\n'))
	}
	if err := WriteFile(h.folder, MetricsFile, whole.Bytes()); err != nil {
		return err
	}
	_ = h.file.Close()
	h.file, h.length = nil, int64(whole.Len())
	file, err := os.OpenFile(filepath.Join(h.folder, MetricsFile), os.O_WRONLY|os.O_APPEND|unix.O_NOFOLLOW, 0)
	if err == nil {
		h.file = file
	}
	return err
}

// end stops listening and brings what was said to the disk.
func (h *hearing) end() {
	if h.socket != nil {
		_ = h.socket.Close()
	}
	<-h.done
	if h.file != nil {
		_ = errors.Join(h.file.Sync(), h.file.Close()) // it was answered for, and is as safe as the log
	}
}

// ReadMetrics reads what the command said of itself, in the order in which it did; none where it
// said nothing. What is no metric, such as a last line that was cut off, is left out.
func ReadMetrics(folder string) ([]petri.Metric, error) {
	text, err := readFile(folder, MetricsFile)
	if petri.KindOf(err) == petri.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var said []petri.Metric
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 2*maxSaying)
	for lines.Scan() {
		var m petri.Metric
		if json.Unmarshal(lines.Bytes(), &m) != nil {
			continue
		}
		// A command that is root could have written the file itself.
		if m, err := petri.NewMetric(m.Name, m.String()); err == nil {
			said = append(said, m)
		}
	}
	said = petri.NewMetrics(said)
	return said[:min(len(said), petri.MaxMetrics)], nil
}

// sayMetric is petri metric: it sends, and waits for PID 1 to have kept it.
func sayMetric(address, name, value string) error {
	if _, err := petri.NewMetric(name, value); err != nil {
		return err
	}
	message, err := json.Marshal(saying{name, value})
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	patience := unix.Timeval{Sec: 20}
	err = errors.Join(
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &patience),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &patience),
		unix.Bind(fd, &unix.SockaddrUnix{}), // the kernel chooses a name, to which the answer comes
		unix.Connect(fd, &unix.SockaddrUnix{Name: address}),
	)
	if err != nil {
		return petri.Wrap(petri.Unavailable, err, "nobody takes metrics here: this run's Petri cannot be reached")
	}
	if _, err = unix.Write(fd, message); err == nil {
		answer := make([]byte, 4<<10)
		var n int
		if n, err = readAgain(fd, answer); err == nil && n > 0 {
			return petri.Errorf(petri.Invalid, "%s", answer[:n])
		}
	}
	if err != nil {
		return petri.Wrap(petri.Unavailable, err, "the metric was not taken: %v", err)
	}
	return nil
}

func readAgain(fd int, into []byte) (int, error) {
	for {
		n, err := unix.Read(fd, into)
		if err != unix.EINTR {
			return n, err
		}
	}
}
