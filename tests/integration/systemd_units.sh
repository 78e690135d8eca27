#!/bin/sh
# The files of systemd/, judged by systemd's own tools: they are read without a complaint, the binding to mariadb.service
# is there, and maproom-outage lifts it.
# usage: systemd_units.sh SOURCE-FOLDER MAPROOM-BINARY
# SPDX-License-Identifier: Apache-2.0
set -eu
source=$1 binary=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lib=$work/lib etc=$work/etc base=$work/base
mkdir -p "$lib" "$etc" "$base"
failed=0

complain() {
  echo "FAILED: $*" >&2
  failed=1
}

cp -r "$source"/systemd/maproom.service "$source"/systemd/maproom.socket "$source"/systemd/maproom.service.d \
  "$source"/systemd/maproom.socket.d "$lib"
sed -i "s|/usr/bin/maproom|$binary|" "$lib/maproom.service"
# systemd's own units, and no others that this host may have.
for unit in basic.target default.target graphical.target multi-user.target network.target shutdown.target sockets.target \
  sysinit.target; do
  ln -s "/usr/lib/systemd/system/$unit" "$base"
done

cat > "$work/mariadb.service" <<END
[Unit]
Description=Stands in for MariaDB
[Service]
ExecStart=/bin/sleep infinity
END

# Prints what systemd has to say; nothing is what we want to hear. The unit named first is there for its folder: verify puts
# the folders of its arguments before all others, in their order, and /etc comes first on a host too.
verify() {
  cp "$work/mariadb.service" "$etc/first.service"
  set -- "$etc/first.service" "$@"
  SYSTEMD_UNIT_PATH=$etc:$lib:$base systemd-analyze verify --man=no "$@" 2>&1 || echo "exit status $?"
}

said=$(verify "$lib/maproom.service")
case $said in
  *mariadb.service*not\ found*) ;;
  *) complain "without mariadb.service the unit must not start, for it is bound to it; systemd said: $said" ;;
esac

cp "$work/mariadb.service" "$lib"
# Enabled, as on a host: no unit waits for one that waits for it.
mkdir -p "$etc/multi-user.target.wants" "$etc/sockets.target.wants" "$etc/mariadb.service.wants"
ln -s "$lib/maproom.service" "$etc/multi-user.target.wants"
ln -s "$lib/maproom.service" "$lib/maproom.socket" "$etc/mariadb.service.wants"
ln -s "$lib/maproom.socket" "$etc/sockets.target.wants"
ln -s "$lib/mariadb.service" "$etc/multi-user.target.wants"
for unit in maproom.service maproom.socket mariadb.service multi-user.target; do
  case $unit in *.target) path=$base/$unit ;; *) path=$lib/$unit ;; esac
  said=$(verify "$path")
  [ -z "$said" ] || complain "$unit, all enabled: $said"
done
rm -r "$etc"/*.wants "$lib/mariadb.service"

# A reload is as good as the daemon's own answer, which a signal does not carry.
grep -q '^ExecReload=.*/maproom reload --config /etc/maproom/maproom.toml$' "$source/systemd/maproom.service" ||
  complain "systemctl reload does not take the daemon's answer"

# While the database is stopped, no lookup may start it: what starts the service on a lookup is bound to the database too.
for unit in maproom.service maproom.socket; do
  said=$(verify "$lib/$unit")
  case $said in
    *mariadb.service*not\ found*) ;;
    *) complain "$unit is not bound to mariadb.service: $said" ;;
  esac
done

# What people try first has no effect; this is why outage.conf insists on its name.
mkdir -p "$etc/maproom.service.d"
printf '[Unit]\nBindsTo=\n' > "$etc/maproom.service.d/50-unbind.conf"
said=$(verify "$lib/maproom.service")
[ -n "$said" ] || complain "an empty BindsTo= lifts the binding after all: say so in outage.conf"
rm -r "$etc/maproom.service.d"

# maproom-outage lifts the binding of both, binds again, and leaves an administrator's file alone.
outage() { MAPROOM_ROOT=$work/root sh "$source/systemd/maproom-outage" "$@"; }
units=$work/root/etc/systemd/system
mkdir -p "$work/root/usr/share/maproom"
cp "$source/systemd/outage.conf" "$work/root/usr/share/maproom"
[ "$(outage status)" = off ] || complain "maproom-outage status: $(outage status)"
outage on > /dev/null || complain "maproom-outage on fails"
[ "$(outage status)" = on ] || complain "maproom-outage status: $(outage status)"
for unit in service socket; do
  mkdir -p "$etc/maproom.$unit.d"
  cp "$work/root$(readlink "$units/maproom.$unit.d/10-mariadb.conf")" "$etc/maproom.$unit.d/10-mariadb.conf"
  said=$(verify "$lib/maproom.$unit")
  [ -z "$said" ] || complain "maproom-outage does not lift the binding of maproom.$unit: $said"
  grep -q '^\(Wants\|Requires\|BindsTo\)=' "$etc/maproom.$unit.d/10-mariadb.conf" &&
    complain "with maproom-outage, a restart starts a database that was stopped"
  rm -r "$etc/maproom.$unit.d"
done
outage off > /dev/null
[ "$(outage status)" = off ] || complain "maproom-outage status after off: $(outage status)"
[ -z "$(ls "$units")" ] || complain "maproom-outage off leaves something behind: $(ls "$units")"
mkdir -p "$units/maproom.service.d"
echo '[Unit]' > "$units/maproom.service.d/10-mariadb.conf"
outage on > /dev/null 2>&1 && complain "maproom-outage on replaces an administrator's file"
outage off > /dev/null 2>&1
[ -f "$units/maproom.service.d/10-mariadb.conf" ] || complain "maproom-outage off removes an administrator's file"

# Exposure times ten: 1.2 when this was written.
systemd-analyze security --offline=true --threshold=15 --no-pager "$source/systemd/maproom.service" > "$work/security" ||
  { complain "more exposed than it was"; cat "$work/security" >&2; }

mkdir -p "$work/root/var/spool/postfix" "$work/root/etc"
systemd-sysusers --root="$work/root" "$source/systemd/maproom.sysusers" 2> "$work/said" || complain "sysusers: $(cat "$work/said")"
grep -q '^maproom:' "$work/root/etc/passwd" || complain "sysusers: made no user maproom"
if [ "$(id -u)" = 0 ]; then
  systemd-tmpfiles --root="$work/root" --create "$source/systemd/maproom.tmpfiles" 2> "$work/said" ||
    complain "tmpfiles: $(cat "$work/said")"
  [ -d "$work/root/var/spool/postfix/maproom" ] || complain "tmpfiles: made no folder in the chroot of Postfix"
fi

# The generator puts the configuration's addresses in the place of the unit's, whatever they are.
mkdir -p "$work/normal" "$work/early" "$work/late"
sed -e "s|/usr/bin/maproom|$binary|" -e "s|/etc/maproom/maproom.toml|$work/maproom.toml|" "$source/systemd/maproom-sockets" > "$work/generator"
generate() { sh "$work/generator" "$work/normal" "$work/early" "$work/late"; }
generate || complain "the generator fails where there is no configuration"
[ -z "$(ls "$work/normal")" ] || complain "without a configuration there is a drop-in"
cat > "$work/maproom.toml" <<END
[socketmap]
listen = ["unix:/var/spool/postfix/maproom/socketmap", "inet:[::1]:2002"]
[admin]
listen = "inet:127.0.0.1:2003"
[maps.virtual_alias_maps]
listen = "inet:127.0.0.1:2001"
tables = [{ file = "/etc/hosts" }]
END
generate || complain "the generator fails"
cat "$source/systemd/maproom.socket" "$work/normal/maproom.socket.d/20-listen.conf" |
  sed -n 's/^ListenStream=//p' | sed -n '/^$/,$p' | tail -n +2 > "$work/got"
printf '%s\n' 127.0.0.1:2001 /var/spool/postfix/maproom/socketmap '[::1]:2002' 127.0.0.1:2003 | diff - "$work/got" >&2 ||
  complain "the generator's list is not that of the configuration"
cp "$work/mariadb.service" "$lib"
verify_generated() { # As on a host: /etc before the generators before /usr/lib.
  SYSTEMD_UNIT_PATH=$etc:$work/normal:$lib:$base systemd-analyze verify --man=no "$etc/first.service" "$lib/maproom.socket" 2>&1 ||
    echo "exit status $?"
}
said=$(verify_generated)
[ -z "$said" ] || complain "maproom.socket with the generator's list: $said"
echo 'Nonsense=' >> "$work/normal/maproom.socket.d/20-listen.conf"
said=$(verify_generated)
case $said in *Nonsense*) ;; *) complain "systemd does not read the generator's list: $said" ;; esac
rm -r "$lib/mariadb.service" "$work/normal/maproom.socket.d"
echo 'listen = 7' > "$work/maproom.toml"
generate > /dev/null 2> "$work/said" && complain "the generator hides that the configuration is bad"
[ -s "$work/said" ] || complain "the generator does not say what is wrong with the configuration"
[ -z "$(ls "$work/normal")" ] || complain "a bad configuration makes a drop-in"

# Every tcp address of the sample configuration is in the socket unit, and no other.
sed -n 's/^ListenStream=//p' "$source/systemd/maproom.socket" | sort > "$work/unit"
sed -n 's/^listen = \[*"inet:\([^"]*\)".*/\1/p' "$source/conf/maproom.toml" | sort > "$work/sample"
diff -u "$work/sample" "$work/unit" >&2 || complain "maproom.socket and conf/maproom.toml listen on different addresses"

exit $failed
