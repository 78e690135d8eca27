/* For LD_PRELOAD: as long as the file named by DEAF_FILE exists, the daemon finds no session with anything to read,
   while its loop, its timers and everything else go on. The set of sessions is the one that is asked for 256 events. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

int epoll_wait(int set, struct epoll_event* events, int most, int timeout) {
  static int (*real)(int, struct epoll_event*, int, int);
  const char* file = getenv("DEAF_FILE");
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "epoll_wait");
  if (most == 256 && file != NULL && access(file, F_OK) == 0) return 0;
  return real(set, events, most, timeout);
}
