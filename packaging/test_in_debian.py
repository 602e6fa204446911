"""Try the archive and the Debian package in bare Debian 12 systems: ``sudo python packaging/test_in_debian.py``.

It takes what build.py left in ``dist/`` and needs root, debootstrap and the network for the systems themselves; the
program runs without any network. A step that fails ends it with what was said; at the end it prints what it measured.

The archive: with only libgl1 and libegl1 added, from a folder whose name has a space and an umlaut, which nobody may
write to, as an ordinary user, with an empty environment, twice. The package: installed over an older version, found by
the desktop, removed without a trace, the user's settings untouched.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
USER, NUMBER = "anna", "1000"
FOLDER = "opt/Zwei Wörter"
DESKTOP_PACKAGES = ("xdg-utils", "desktop-file-utils", "shared-mime-info", "appstream")
SETTINGS = '{"theme": "light", "validation": 6000}\n'
_IN_ROOT = 'mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev/shm" && exec chroot "$0" "$@"'
_VOLATILE = ("proc/", "dev/", "sys/", "tmp/", "var/cache/", "var/lib/", "var/log/", "root/", "home/")


def main() -> int:
    """Try both; 0 where everything held."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--dist", type=Path, default=PROJECT / "dist", help="where the results of build.py are (dist)")
    parser.add_argument("--roots", type=Path, default=Path("/var/tmp/cnnviz-debian"), help="for the systems")
    parser.add_argument("--mirror", help="where Debian is fetched from (where debootstrap knows best)")
    options = parser.parse_args()
    (archive,) = options.dist.glob("cnnviz-*-linux-*.tar.*")
    (package,) = options.dist.glob("cnnviz_*.deb")
    base = options.roots / "base"
    if not base.is_dir():
        options.roots.mkdir(parents=True, exist_ok=True)
        fresh = options.roots / "unfinished"
        shutil.rmtree(fresh, ignore_errors=True)
        run("debootstrap", "--variant=minbase", "bookworm", fresh, *([options.mirror] if options.mirror else []))
        fresh.rename(base)
    measured = {
        "archive": try_archive(archive, system(base, "archive")),
        **try_package(package, system(base, "package")),
    }
    print(json.dumps(measured, indent=1))
    return 0


def try_archive(archive: Path, root: Path) -> list[dict[str, object]]:
    """Unpack it for an ordinary user who may only read it, and run its smoke test twice."""
    install(root, "libgl1", "libegl1")
    place = root / FOLDER
    place.mkdir(parents=True)
    run("tar", "--extract", "--no-same-owner", "--directory", place, "--file", archive)
    run("chmod", "--recursive", "a-w", place)
    (program,) = place.glob("*/cnnviz")
    inside = f"/{program.relative_to(root)}"
    before = files(root)
    results = [smoke(root, inside) for _ in range(2)]
    expect(files(root) == before, f"it wrote to {sorted(files(root) ^ before)}")
    left = run("chroot", root, "find", f"/home/{USER}", "/tmp", "-newer", "/etc/passwd", "-type", "f").split()
    expect(not left, f"the smoke test left {left}")
    expect("cnnviz 0" in as_user(root, inside, "--version"), "--version does not tell the version")
    return results


def try_package(package: Path, root: Path) -> dict[str, object]:
    """Install an older version, upgrade, ask the desktop, remove."""
    install(root, *DESKTOP_PACKAGES, "libgl1", "libegl1")
    before = files(root)
    shutil.copy(package, root / "root" / "new.deb")
    older = root / "root" / "old.deb"
    repack(package, older, "0.0.1")
    install(root, "/root/old.deb")
    kept = root / "home" / USER / ".config" / "cnnviz" / "settings.json"
    as_user(root, "/bin/mkdir", "-p", f"/{kept.parent.relative_to(root)}")
    kept.write_text(SETTINGS, encoding="utf-8")
    run("chown", NUMBER, kept)
    install(root, "/root/new.deb")
    version = run("chroot", root, "dpkg-query", "-W", "-f=${Version}", "cnnviz")
    expect(version != "0.0.1", "the newer version did not replace the older one")
    run("chroot", root, "desktop-file-validate", "/usr/share/applications/cnnviz.desktop")
    said = run(
        "chroot", root, "appstreamcli", "validate", "--no-net", "--pedantic", "/usr/share/metainfo/cnnviz.metainfo.xml"
    )
    expect("infos" not in said and "warnings" not in said, said)
    default = as_user(root, "/usr/bin/xdg-mime", "query", "default", "application/x-cnnviz").strip()
    expect(default == "cnnviz.desktop", f"application/x-cnnviz opens with “{default}”")
    globs = (root / "usr/share/mime/globs2").read_text(encoding="utf-8")
    expect(":application/x-cnnviz:*.cnnviz" in globs, "*.cnnviz has no type")
    result = smoke(root, "/usr/bin/cnnviz")
    expect(kept.read_text(encoding="utf-8") == SETTINGS, "the upgrade changed the settings")
    run("chroot", root, "dpkg", "--verify", "cnnviz")
    run("chroot", root, "apt-get", "purge", "-qy", "cnnviz")
    expect(files(root) == before, f"removed, it leaves {sorted(files(root) ^ before)}")
    expect(kept.read_text(encoding="utf-8") == SETTINGS, "the removal changed the settings")
    return {"package": result, "version": version, "opens .cnnviz": default, "appstreamcli": said.strip()}


def system(base: Path, name: str) -> Path:
    """A fresh copy of the bare system, with an ordinary user."""
    root = base.parent / name
    if root.is_dir():
        run("chmod", "--recursive", "u+w", root / "opt")
        shutil.rmtree(root)
    run("cp", "--archive", "--reflink=auto", base, root)
    (root / "dev" / "shm").mkdir(exist_ok=True)
    shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
    run("chroot", root, "useradd", "--uid", NUMBER, "--create-home", USER)
    run("chroot", root, "apt-get", "update", "-q")
    return root


def smoke(root: Path, program: str) -> dict[str, object]:
    """What the smoke test says, without network and environment."""
    result: dict[str, object] = json.loads(as_user(root, program, "smoke", "--json"))
    expect(result["ok"] is True, str(result))
    print(json.dumps(result), flush=True)
    return result


def as_user(root: Path, *command: str) -> str:
    """Run a command in the system as the ordinary user, without network and environment; its output."""
    user = ("setpriv", f"--reuid={NUMBER}", f"--regid={NUMBER}", "--clear-groups", "--no-new-privs", "env", "-i")
    home = ("env", "-i", f"HOME=/home/{USER}", "PATH=/usr/bin:/bin") if "xdg-mime" in command[0] else ()
    return run("unshare", "--mount", "--pid", "--net", "--fork", "sh", "-c", _IN_ROOT, root, *user, *home, *command)


def install(root: Path, *packages: str) -> None:
    """Install packages or package files in the system, and nothing that is only recommended."""
    print(f"installing {' '.join(packages)}", flush=True)
    options = ("-qy", "--no-install-recommends", "-o", "APT::Sandbox::User=root")
    run("chroot", root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", *options, *packages)


def repack(package: Path, target: Path, version: str) -> None:
    """The same package as another version; packed quickly, not tightly."""
    folder = target.with_suffix("")
    run("dpkg-deb", "--raw-extract", package, folder)
    control = folder / "DEBIAN" / "control"
    lines = control.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [f"Version: {version}\n" if line.startswith("Version:") else line for line in lines]
    control.write_text("".join(changed), encoding="utf-8")
    run("dpkg-deb", "-Zgzip", "-z1", "--build", folder, target)
    shutil.rmtree(folder)


def files(root: Path) -> set[str]:
    """Every file of the system but those of what changes anyway."""
    found = (str(path.relative_to(root)) for path in root.rglob("*") if path.is_symlink() or not path.is_dir())
    return {name for name in found if not name.startswith(_VOLATILE)}


def expect(holds: bool, otherwise: str) -> None:
    """End it with a sentence unless it holds."""
    if not holds:
        sys.exit(f"Failed: {otherwise}")


def run(*command: object) -> str:
    """Run a command and return its output; ends the test where it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
