/*
 * floor: the least that a server of these protocols can do. One thread, epoll, a hash table with ready-made replies,
 * one read and one write per lookup. maproom is measured against it: what it needs beyond this floor is its own doing.
 *
 * usage: floor KEYS [tcp|socketmap inet:ADDRESS:PORT|unix:PATH]...
 *
 * KEYS: a file of lines KEY TAB VALUE; an empty value is "not found". socketmap's map name is not looked at. Prints
 * "ready" when it listens. Nothing here is meant for a network: what is not a good request closes the connection.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum protocol { TCP_TABLE, SOCKETMAP };
enum { REQUEST_MAX = 4096, REPLY_MAX = 65536, BUCKETS = 1 << 17, EVENTS = 256 };

struct entry {
  struct entry* next;
  char* key;
  size_t key_size;
  char* reply[2]; /* by protocol */
  size_t reply_size[2];
};

struct peer {
  int fd;
  int listening;
  enum protocol protocol;
  size_t used;
  char input[REQUEST_MAX];
};

static struct entry* table[BUCKETS];
static struct entry not_found = {.reply = {"500 not%20found\n", "9:NOTFOUND ,"}, .reply_size = {16, 12}};

static void die(const char* what) {
  perror(what);
  exit(1);
}

static uint32_t hash(const char* key, size_t size) { /* FNV-1a */
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < size; ++i) h = (h ^ (unsigned char)key[i]) * 16777619u;
  return h & (BUCKETS - 1);
}

static const struct entry* find(const char* key, size_t size) {
  for (const struct entry* e = table[hash(key, size)]; e; e = e->next)
    if (e->key_size == size && memcmp(e->key, key, size) == 0) return e;
  return &not_found;
}

static void add(const char* key, const char* value) {
  struct entry* e = calloc(1, sizeof *e);
  size_t size = strlen(value);
  char *line = malloc(3 * size + 8), *at = line;
  if (!e || !line) die("malloc");
  at += sprintf(at, "200 ");
  for (const unsigned char* c = (const unsigned char*)value; *c; ++c)
    at += *c > ' ' && *c < 0x7f && *c != '%' ? sprintf(at, "%c", *c) : sprintf(at, "%%%02X", *c);
  at += sprintf(at, "\n");
  e->reply[TCP_TABLE] = line;
  e->reply_size[TCP_TABLE] = (size_t)(at - line);
  int length = asprintf(&e->reply[SOCKETMAP], "%zu:OK %s,", size + 3, value);
  e->key = strdup(key);
  if (length < 0 || !e->key) die("malloc");
  e->reply_size[SOCKETMAP] = (size_t)length;
  e->key_size = strlen(key);
  struct entry** bucket = &table[hash(key, e->key_size)];
  e->next = *bucket;
  *bucket = e;
}

static void load(const char* path) {
  FILE* file = fopen(path, "r");
  char* line = NULL;
  size_t capacity = 0;
  if (!file) die(path);
  while (getline(&line, &capacity, file) > 0) {
    char* value = strchr(line, '\t');
    if (!value) continue;
    *value++ = '\0';
    value[strcspn(value, "\n")] = '\0';
    if (*value) add(line, value);
  }
  free(line);
  fclose(file);
}

static int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

static size_t unquote(char* text, size_t size) { /* in place; SIZE_MAX if it is bad */
  char *out = text, *end = text + size;
  if (!memchr(text, '%', size)) return size;
  for (char* in = text; in < end; ++in) {
    if (*in == '%') {
      if (end - in < 3 || hex(in[1]) < 0 || hex(in[2]) < 0) return SIZE_MAX;
      *out++ = (char)(hex(in[1]) * 16 + hex(in[2]));
      in += 2;
    } else
      *out++ = *in;
  }
  return (size_t)(out - text);
}

/* The bytes of the request at the front, 0 if it is not whole, -1 if it is bad; the key, unquoted. */
static long parse(enum protocol protocol, char* input, size_t used, char** key, size_t* key_size) {
  if (protocol == TCP_TABLE) {
    char* end = memchr(input, '\n', used);
    if (!end) return 0;
    if (end - input < 4 || memcmp(input, "get ", 4) != 0) return -1;
    *key = input + 4;
    *key_size = unquote(*key, (size_t)(end - *key));
    return *key_size == SIZE_MAX ? -1 : end + 1 - input;
  }
  size_t length = 0, at = 0;
  for (; at < used && input[at] != ':'; ++at) {
    if (input[at] < '0' || input[at] > '9' || at > 4) return -1;
    length = length * 10 + (size_t)(input[at] - '0');
  }
  if (at + 1 + length >= used) return 0;
  char *payload = input + at + 1, *space = memchr(payload, ' ', length);
  if (payload[length] != ',' || !space) return -1;
  *key = space + 1;
  *key_size = (size_t)(payload + length - *key);
  return (long)(at + 1 + length + 1);
}

/* Reads once and answers all that is whole with one write; 0 when the connection is over. */
static int serve(struct peer* peer) {
  static char output[REPLY_MAX];
  size_t ready = 0, at = 0;
  ssize_t got = read(peer->fd, peer->input + peer->used, sizeof peer->input - peer->used);
  if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
  peer->used += (size_t)got;
  for (;;) {
    char* key;
    size_t key_size;
    long size = parse(peer->protocol, peer->input + at, peer->used - at, &key, &key_size);
    if (size < 0) return 0;
    if (size == 0) break;
    const struct entry* e = find(key, key_size);
    if (ready + e->reply_size[peer->protocol] > sizeof output) return 0;
    memcpy(output + ready, e->reply[peer->protocol], e->reply_size[peer->protocol]);
    ready += e->reply_size[peer->protocol];
    at += (size_t)size;
  }
  peer->used -= at;
  memmove(peer->input, peer->input + at, peer->used);
  if (peer->used == sizeof peer->input) return 0;
  return ready == 0 || write(peer->fd, output, ready) == (ssize_t)ready;
}

static void watch(int epoll, struct peer* peer) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, peer->fd, &event) != 0) die("epoll_ctl");
}

static struct peer* new_peer(int fd, enum protocol protocol, int listening) {
  struct peer* peer = malloc(sizeof *peer);
  if (!peer) die("malloc");
  peer->fd = fd;
  peer->protocol = protocol;
  peer->listening = listening;
  peer->used = 0;
  return peer;
}

static int listen_on(char* endpoint) {
  int fd, on = 1;
  if (strncmp(endpoint, "unix:", 5) == 0) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(endpoint + 5) >= sizeof address.sun_path) die("path too long");
    strcpy(address.sun_path, endpoint + 5);
    unlink(address.sun_path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr*)&address, sizeof address) != 0) die(endpoint);
  } else {
    struct sockaddr_in address = {.sin_family = AF_INET};
    char* port = strrchr(endpoint, ':');
    if (strncmp(endpoint, "inet:", 5) != 0 || port == endpoint + 4) die("expected inet:ADDRESS:PORT or unix:PATH");
    *port++ = '\0';
    address.sin_port = htons((uint16_t)atoi(port));
    if (inet_pton(AF_INET, endpoint + 5, &address.sin_addr) != 1) die(endpoint);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) die("socket");
    if (bind(fd, (struct sockaddr*)&address, sizeof address) != 0) die(endpoint);
  }
  if (listen(fd, 4096) != 0) die("listen");
  return fd;
}

int main(int argc, char** argv) {
  struct rlimit files;
  if (argc < 4 || argc % 2 != 0) {
    fprintf(stderr, "usage: %s KEYS [tcp|socketmap inet:ADDRESS:PORT|unix:PATH]...\n", argv[0]);
    return 64;
  }
  signal(SIGPIPE, SIG_IGN);
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  load(argv[1]);
  int epoll = epoll_create1(0);
  if (epoll < 0) die("epoll_create1");
  for (int i = 2; i + 1 < argc; i += 2)
    watch(epoll, new_peer(listen_on(argv[i + 1]), strcmp(argv[i], "tcp") == 0 ? TCP_TABLE : SOCKETMAP, 1));
  puts("ready");
  fflush(stdout);
  for (;;) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(epoll, events, EVENTS, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; ++i) {
      struct peer* peer = events[i].data.ptr;
      if (peer->listening) {
        int on = 1, fd = accept4(peer->fd, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* fails on a UNIX socket, harmlessly */
        watch(epoll, new_peer(fd, peer->protocol, 0));
      } else if (!serve(peer)) {
        close(peer->fd);
        free(peer);
      }
    }
  }
}
