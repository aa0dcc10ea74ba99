// Command puppet is all that the tests' tiny image holds: it plays, as a real process in a
// real container, the script language of engine/fake, and some tricks that only a real
// process can do.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	for _, step := range os.Args[1:] {
		verb, rest, _ := strings.Cut(step, " ")
		if err := play(verb, rest); err != nil {
			fmt.Fprintln(os.Stderr, "puppet:", err)
			os.Exit(1)
		}
	}
}

func play(verb, rest string) error {
	name, text, _ := strings.Cut(rest, " ")
	switch verb {
	case "print":
		fmt.Println(rest)
	case "warn":
		fmt.Fprintln(os.Stderr, rest)
	case "env":
		fmt.Println(os.Getenv(rest))
	case "who":
		groups, _ := os.Getgroups()
		fmt.Println(os.Getuid(), os.Getgid(), groups, os.Getenv("HOME"), os.Getenv("USER"))
	case "write":
		return os.WriteFile(name, []byte(text+"\n"), 0o644)
	case "append":
		file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
		if err != nil {
			return err
		}
		fmt.Fprintln(file, text)
		return file.Close()
	case "remove":
		return os.RemoveAll(name)
	case "cat":
		content, err := os.ReadFile(name)
		os.Stdout.Write(content)
		return err
	case "sleep":
		d, err := time.ParseDuration(rest)
		time.Sleep(d)
		return err
	case "trap":
		signal.Ignore(syscall.SIGTERM)
	case "exit":
		code, err := strconv.Atoi(rest)
		if err == nil {
			os.Exit(code)
		}
		return err
	case "oom":
		eat()
	default:
		return trick(verb, rest)
	}
	return nil
}

// eat takes memory until it is stopped.
func eat() {
	var kept [][]byte
	for {
		piece := make([]byte, 4<<20)
		for i := 0; i < len(piece); i += 4096 {
			piece[i] = 1
		}
		kept = append(kept, piece)
		_ = kept
	}
}

func trick(verb, rest string) error {
	switch verb {
	case "spew": // so many bytes, as fast as can be
		n, err := strconv.ParseInt(rest, 10, 64)
		if err != nil {
			return err
		}
		block := []byte(strings.Repeat("0123456789abcdef", 4096))
		for ; n > 0; n -= int64(len(block)) {
			if _, err := os.Stdout.Write(block[:min(int64(len(block)), n)]); err != nil {
				return err
			}
		}
	case "lines": // so many lines, one write each, alternately to both streams
		n, _ := strconv.Atoi(rest)
		for i := range n {
			fmt.Fprintln([]io.Writer{os.Stdout, os.Stderr}[i%2], i)
		}
	case "daemon": // a process of its own session that goes on with the steps in rest
		return daemon(strings.Split(rest, ";"))
	case "orphans": // so many children that end later than their parent waits
		n, _ := strconv.Atoi(rest)
		for range n {
			if err := daemon([]string{"exit 0"}); err != nil {
				return err
			}
		}
	case "on": // on SIGNAL print, then exit 0
		got := make(chan os.Signal, 1)
		signal.Notify(got, map[string]syscall.Signal{"HUP": 1, "INT": 2, "QUIT": 3, "USR1": 10, "USR2": 12, "TERM": 15}[rest])
		fmt.Println("ready")
		fmt.Println("got", <-got)
		os.Exit(0)
	case "die": // by a signal
		n, _ := strconv.Atoi(rest)
		signal.Reset()
		_ = syscall.Kill(os.Getpid(), syscall.Signal(n))
		time.Sleep(time.Second)
	case "alloc": // so many bytes for a second
		n, _ := strconv.Atoi(rest)
		block := make([]byte, n)
		for i := 0; i < n; i += 4096 {
			block[i] = 1
		}
		time.Sleep(time.Second)
		_ = block[n/2]
	case "devices": // output by name, as shells do
		for _, path := range []string{"/dev/stdout", "/dev/stderr"} {
			if err := os.WriteFile(path, []byte(path+"\n"), 0o644); err != nil {
				return err
			}
		}
	case "status": // lines of /proc/self/status that begin so
		return status(rest)
	case "bomb": // processes until there is no room for one more
		bomb()
	case "try": // what a hostile command would
		tryAll()
	case "burn": // CPU time, however long a busy machine takes to give it
		d, _ := time.ParseDuration(rest)
		for end := burnt() + d; burnt() < end; {
		}
	case "count": // processes in the container
		found, _ := filepath.Glob("/proc/[0-9]*")
		fmt.Println(len(found))
	default:
		return fmt.Errorf("unknown step %q", verb)
	}
	return nil
}

func daemon(steps []string) error {
	child := exec.Command("/proc/self/exe", steps...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return child.Start()
}

func status(prefix string) error {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), prefix) {
			fmt.Println(strings.Join(strings.Fields(lines.Text()), " "))
		}
	}
	return nil
}

func tryAll() {
	_, err := os.ReadDir("/.petri/run")
	fmt.Println("read the run's folder:", err != nil)
	fmt.Println("write an outcome:", os.WriteFile("/.petri/run/outcome.json", []byte("{}"), 0o644) != nil)
	_, err = os.ReadFile("/proc/1/environ")
	fmt.Println("read the witness's environment:", err != nil)
	fmt.Println("trace the witness:", syscall.PtraceAttach(1) != nil)
	fmt.Println("kill the witness:", syscall.Kill(1, syscall.SIGKILL) != nil)
	fmt.Println("become root:", syscall.Setuid(0) != nil)
	fmt.Println("replace the witness:", os.WriteFile("/.petri/witness", nil, 0o755) != nil)
	fmt.Println("protect itself from the OOM killer:", os.WriteFile("/proc/self/oom_score_adj", []byte("-900"), 0o644) != nil)
}

// bomb starts copies of itself until the kernel refuses, and they do the same.
func bomb() {
	for {
		child := exec.Command("/proc/self/exe", "bomb")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if child.Start() != nil {
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// burnt is the CPU time that this process has used.
func burnt() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
