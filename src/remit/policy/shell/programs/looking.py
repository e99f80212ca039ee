"""Programs that mostly look at the machine, told from their first word or their options."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.groups import HIDDEN, Group
from remit.model.request import Effect, EffectKind
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import split
from remit.policy.shell.programs.asking import first_word, unless
from remit.policy.shell.programs.clients import client
from remit.policy.shell.programs.spec import asks_itself, each
from remit.policy.wordlist import words

_SYSTEMCTL = first_word(
    "status show list-units list-unit-files list-timers list-sockets list-dependencies list-jobs "
    "list-machines is-active is-enabled is-failed is-system-running cat get-default help "
    "show-environment",
    valued="-t --type -n --lines -p --property --state -o --output -M -H -u",
    refused="-H --host -M --machine --root",
    bare="yes",
    otherwise=EffectKind.PRIVILEGE,
)
_BREW = first_word(
    "list ls info abv search outdated deps leaves uses desc config doctor dr missing options "
    "tap-info cat "
    "log commands formulae casks home --prefix --cellar --cache --caskroom --env --repository "
    "--repo "
    "-v --config shellenv livecheck linkage formula command help readall docs",
    refused="--force --fix --overwrite",
    otherwise=EffectKind.PRIVILEGE,
)
_LAUNCHCTL = first_word(
    "list print print-cache print-disabled blame dumpstate dumpjpcategory hostinfo help plist "
    "procinfo resolveport managerpid manageruid managername error variant version",
    otherwise=EffectKind.PRIVILEGE,
)
_NETWORKSETUP = first_word(
    "-version -help -printcommands -getcomputername -getinfo -getadditionalroutes "
    "-getv6additionalroutes "
    "-getnetworkserviceenabled -getmacaddress -getairportnetwork -getairportpower -getmedia "
    "-getmtu "
    "-getdnsservers -getsearchdomains -getftpproxy -getwebproxy -getsecurewebproxy "
    "-getstreamingproxy "
    "-getgopherproxy -getsocksfirewallproxy -getproxybypassdomains -getproxyautodiscovery "
    "-getautoproxyurl -getpassiveftp -getcurrentlocation -getcurrentset -getvlan "
    "-listallhardwareports "
    "-listnetworkserviceorder -listallnetworkservices -listpreferredwirelessnetworks "
    "-listlocations "
    "-listvalidmedia -listvalidMTUrange -listVLANs -listBonds -listdevicesthatsupportVLAN "
    "-listpppoeservices "
    "-isBondSupported -showBondStatus -showpppoestatus -getTraceroute -getairportnetworks"
)
_DISKUTIL = first_word(
    "list info information listFilesystems activity cs checkJournal help "
    "listfilesystems verifyVolume verifyDisk"
)
_TMUTIL = first_word(
    "version help destinationinfo status listbackups latestbackup machinedirectory "
    "listlocalsnapshots "
    "listlocalsnapshotdates uniquesize calculatedrift compare isexcluded verifychecksums "
    "currentphase"
)
_SECURITY = first_word(
    "help list-keychains default-keychain login-keychain show-keychain-info find-certificate "
    "find-identity dump-trust-settings verify-cert error requirement-evaluate "
    "get-identity-preference "
    "cms-show list-smartcards",
    secrets="dump-keychain export find-key",
    refused="-g -w -s -d",
)


def _security(inv: Invocation) -> Iterator[Effect]:
    """An entry of the keychain is described, its password only with ``-w`` or ``-g``."""
    given = [arg.text for arg in inv.args]
    if given[:1] in (["find-generic-password"], ["find-internet-password"]):
        printed = any(text.startswith("-") and set(text) & {"w", "g"} for text in given[1:])
        printed = printed or not all(arg.sure for arg in inv.args)
        yield inv.looks(HIDDEN if printed else Group.MACHINE, f"security {given[0]}")
    else:
        yield from _SECURITY(inv)


_SCUTIL = first_word(
    "--get --dns --proxy --nwi --nc -r -w --help", refused="--set -S -d start stop"
)
_PROFILES = first_word("list show status version help", refused="-o")
_SPCTL = first_word("--status --assess -a --list --disable-status kext-consent-status")
_PKGUTIL = first_word(
    "--packages --pkgs --pkgs-plist --pkg-info --pkg-info-plist --files --file-info "
    "--file-info-plist "
    "--export-plist --groups --groups-plist --group-pkgs --check-signature --payload-files --help "
    "-h -v "
    "--verify --lsbom --only-files --only-dirs --volume --regexp --pkg-groups --bom"
)
_HDIUTIL = first_word(
    "help info imageinfo isencrypted plugins verify checksum fsid pmap hfsanalyze"
)
_CODESIGN = first_word(
    "-d -dv -dvv -dvvv -dvvvv --display -v -vv -vvv --verify -h --validate-constraint",
    refused="-s --sign --remove-signature --extract-certificates -f --force --file-list",
)
_DSCL = first_word(
    "-read -list -search -readall -readpl -diff",
    refused="-create -delete -append -merge -change -passwd",
)


def _dscl(inv: Invocation) -> Iterator[Effect]:
    """The data source stands before the word: ``dscl . -read /Users/ada``."""
    rest = tuple(arg for arg in inv.args if arg.text not in ("-q", "-raw", "-plist", "-url"))
    if rest and not rest[0].text.startswith("-"):
        rest = rest[1:]
    words_ = [arg._replace(text=f"-{arg.text.lstrip('-')}") for arg in rest[:1]]
    yield from _DSCL(inv.renamed(inv.name, (*words_, *rest[1:])))


_DEFAULTS = first_word("read read-type domains find help", refused="write delete import rename")
_SIPS = first_word(
    "-g --getProperty -h --help --formats -H --helpProperties -v --version --verify",
    refused="-s --setProperty -z -Z -r -f -c -o --out -d -e -m -p -i -j",
)
_PLUTIL = first_word(
    "-lint -p -help -type", refused="-convert -replace -insert -remove -create -o -e -s"
)
_LIPO = first_word(
    "-info -archs -detailed_info -verify_arch",
    refused="-create -output -extract -remove -replace -thin -extract_family",
)


def _lipo(inv: Invocation) -> Iterator[Effect]:
    """Its question may stand behind the file."""
    flags = tuple(arg for arg in inv.args if arg.text.startswith("-"))
    yield from _LIPO(inv.renamed(inv.name, (*flags, *(a for a in inv.args if a not in flags))))


_JOURNALCTL = unless(
    "--rotate --vacuum-size --vacuum-time --vacuum-files --flush --sync --relinquish-var "
    "--setup-keys "
    "--update-catalog --smart-relinquish-var --cursor-file -D --directory --root --image --file",
    "-u --unit -n --lines -p --priority -S --since -U --until -o --output -g --grep -t "
    "--identifier -b "
    "--boot --output-fields -F --field --user-unit -M -c --cursor",
)
_DMESG = unless(
    "-C --clear -c --read-clear -D --console-off -E --console-on -n --console-level -F --file",
    "-l --level -f --facility -s",
)
_SYSCTL = unless("-w --write -p --load --system -f", "-r --pattern")


def _sysctl(inv: Invocation) -> Iterator[Effect]:
    if any("=" in arg.text for arg in inv.args):
        yield inv.effect(EffectKind.PRIVILEGE, inv.name)
    else:
        yield from _SYSCTL(inv)


def _ifconfig(inv: Invocation) -> Iterator[Effect]:
    operands = [arg for arg in inv.args if not arg.text.startswith("-")]
    shows = all(set(arg.text[1:]) <= set("alLudmrvsC") for arg in inv.args if arg not in operands)
    if shows and len(operands) <= 1 and all(arg.sure for arg in inv.args):
        yield inv.looks(Group.MACHINE)
    else:
        yield inv.effect(EffectKind.PRIVILEGE, inv.name)


def _spoken(inv: Invocation) -> Iterator[Effect]:
    found = split(
        inv.args,
        words("-v --voice -r --rate -f --input-file -o --output-file -a -n --network-send"),
    )
    if found.has("-n", "--network-send", "-a") or not all(arg.sure for arg in inv.args):
        yield inv.unknown()
    else:
        yield from inv.reads(*found.values("-f", "--input-file"))
        yield from inv.writes(*found.values("-o", "--output-file"))
        yield inv.ran()


def _awake(inv: Invocation) -> Iterator[Effect]:
    """Keeps the machine from sleeping while another program runs."""
    found = split(inv.args, words("-t -w"), ordered=True)
    yield inv.ran()
    inv.run(found.operands)


def _xattr(inv: Invocation) -> Iterator[Effect]:
    letters = {letter for arg in inv.args if arg.text[:1] == "-" for letter in arg.text[1:]}
    if letters & set("wdcrs") or not all(arg.sure for arg in inv.args):
        yield inv.unknown()
    else:
        yield from inv.reads(*inv.args[-1:])
        yield inv.ran()


def _asked(inv: Invocation) -> Iterator[Effect]:
    """``ping``, ``dig`` and their likes: ask the network about a name."""
    files = any(arg.text in ("-f", "-k", "--zone-file") for arg in inv.args)
    if asks_itself(inv):
        yield inv.ran()
    elif files or not all(arg.sure for arg in inv.args):
        yield inv.unknown()
    else:
        yield inv.looks(Group.REMOTE)


_OPENSSL_LOOKS = words("version help list ciphers errstr speed")
_OPENSSL_READS = words("x509 req crl verify asn1parse crl2pkcs7 pkcs7 dgst sess_id")


def _openssl(inv: Invocation) -> Iterator[Effect]:
    """Keys are not printed; a certificate is shown, a digest is computed, a server is asked."""
    valued = words(
        "-in -CAfile -CApath -connect -servername -inform -purpose -starttls -untrusted -checkhost "
        "-checkend -host -port -alpn -verify -proxy"
    )
    word = inv.args[0].text if inv.args else "help"
    found = split(
        tuple(
            arg._replace(text=f"-{arg.text}") if arg.text[:1] == "-" else arg
            for arg in inv.args[1:]
        ),
        frozenset(f"-{name}" for name in valued),
    )
    names = {option.name[1:] for option in found.options}
    bad = names & words(
        "-out -key -signkey -CAkey -passin -keyout -new -sign -engine -config -CA -hmac -provider "
        "-writerand -msgfile -set_serial -proxy -rand -cert -keylogfile -sess_out "
        "-genstr"
    )
    if not all(arg.sure for arg in inv.args) or bad:
        yield inv.unknown(f"openssl {word}")
    elif word in _OPENSSL_LOOKS:
        yield inv.ran()
    elif word in _OPENSSL_READS:
        files = found.operands if word in ("verify", "dgst") else ()
        shown = () if word in ("x509", "crl") else found.values("--in", "--CAfile")
        yield from inv.reads(*shown, *files)
        yield inv.ran()
    elif word == "s_client" and not inv.feed.piped:
        yield inv.looks(Group.REMOTE, "openssl s_client")
    else:
        yield inv.unknown(f"openssl {word}")


def _sampled(inv: Invocation) -> Iterator[Effect]:
    found = split(
        tuple(
            arg._replace(text=f"-{arg.text}") if arg.text[:1] == "-" else arg for arg in inv.args
        ),
        words("--file -file"),
    )
    yield from inv.writes(*found.values("--file"))
    yield inv.looks(Group.MACHINE) if inv.args else inv.unknown()


_FZF_ACTS = re.compile(r"execute|become|reload|transform|preview\(|preview:|put|print\(|http")
_FZF_RUNS = (
    "--preview",
    "--listen",
    "--become",
    "--listen-unsafe",
    "--with-shell",
    "--tmux",
    "--history",
)


def _fzf(inv: Invocation) -> Iterator[Effect]:
    """Chooses among lines; what its bindings and previews run is text we do not read."""
    binds = split(inv.args, words("--bind")).values("--bind")
    runs = any(arg.text.split("=")[0] in _FZF_RUNS for arg in inv.args)
    runs = runs or any(_FZF_ACTS.search(bind.text) for bind in binds)
    if runs or not all(arg.sure for arg in inv.args):
        yield inv.unknown()
    else:
        yield inv.ran()


PROGRAMS: dict[str, Handler] = {
    **each("brew", _BREW),
    **each(
        "ansible ansible-playbook ansible-vault ansible-console ansible-inventory ansible-pull "
        "ansible-test ansible-lint ansible-community prometheus promtool textutil qlmanage",
        first_word(""),
    ),
    **each("ansible-doc", unless("--playbook-dir -M --module-path")),
    **each("ansible-galaxy", client(verbs=r"list|info|search", group=Group.REMOTE)),
    **each("ansible-config", first_word("dump list view validate", refused="-c --config")),
    **each("systemctl", _SYSTEMCTL),
    **each("launchctl", _LAUNCHCTL),
    **each("networksetup", _NETWORKSETUP),
    **each("diskutil", _DISKUTIL),
    **each("tmutil", _TMUTIL),
    **each("security", _security),
    **each("scutil", _SCUTIL),
    **each("profiles", _PROFILES),
    **each("spctl", _SPCTL),
    **each("pkgutil", _PKGUTIL),
    **each("hdiutil", _HDIUTIL),
    **each("codesign", _CODESIGN),
    **each("dscl", _dscl),
    **each("defaults", _DEFAULTS),
    **each("sips", _SIPS),
    **each("plutil", _PLUTIL),
    **each("lipo", _lipo),
    **each("journalctl", _JOURNALCTL),
    **each("dmesg", _DMESG),
    **each("sysctl", _sysctl),
    **each("ifconfig", _ifconfig),
    **each("say", _spoken),
    **each("caffeinate", _awake),
    **each("xattr", _xattr),
    **each("ping ping6 traceroute tracepath mtr dig host nslookup whois arping", _asked),
    **each("openssl", _openssl),
    **each("sample", _sampled),
    **each("fzf sk", _fzf),
    **each(
        "symbols nm otool size objdump readelf ldd dwarfdump",
        unless("-o --output -exe -saveSignature", files=""),
    ),
    **each("mdfind mdls system_profiler sw_vers ioreg vm_stat kextstat", unless("-o")),
    **each(
        "sar mpstat pidstat lspci lsusb lsmod lshw dmidecode modinfo hostid acpi sensors",
        unless("-o"),
    ),
}
