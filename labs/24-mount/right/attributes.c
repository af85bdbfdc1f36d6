// Right: no child; the program moves itself, cuts the mounts off with the newer mount_setattr(2), and
// becomes the command.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PRIVATE (1UL << 18)  // MS_PRIVATE and MS_SLAVE, whose header does not go with linux/mount.h
#define SLAVE (1UL << 19)

int main(int argc, char** argv) {
  const int receive = argc > 1 && strcmp(argv[1], "--receive") == 0;
  char** command = argv + 1 + receive;
  if (*command == NULL || strcmp(*command, "--") != 0 || *++command == NULL) return 125;
  const struct mount_attr attributes = {.propagation = receive ? SLAVE : PRIVATE};
  if (unshare(CLONE_NEWNS) == -1 || syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE,
                                            &attributes, sizeof attributes) == -1) {
    perror("mount-private");
    return 125;
  }
  execvp(command[0], command);
  const int code = errno;  // before perror(3) changes it
  perror(command[0]);
  return code == ENOENT ? 127 : 126;
}
