"""Names of Python and its standard library whose use on a command line is known."""

from __future__ import annotations

from remit.policy.wordlist import words

BUILTINS = words(
    "print len range enumerate zip sorted reversed sum min max abs round divmod pow any all map "
    "filter list dict set tuple frozenset str int float bool bytes bytearray complex repr ascii "
    "chr ord hex oct bin hash id iter next slice isinstance issubclass callable exit quit "
    "Exception ValueError KeyError IndexError TypeError OSError FileNotFoundError SystemExit "
    "StopIteration ImportError RuntimeError True False None __name__"
)
BY_SITE = words("copyright credits license help exit quit")
OPENING = frozenset({"open"})
MODULES = words(
    "os os.path sys json re math random string textwrap datetime time collections itertools "
    "functools pathlib platform hashlib base64 uuid statistics decimal fractions operator shutil "
    "glob fnmatch urllib.parse html csv pprint tomllib struct binascii zlib unicodedata calendar "
    "difflib bisect heapq copy locale sysconfig ast"
)
"""Standard library, as it is read from the installation."""
HARMLESS = words(
    "os.getcwd os.path os.sep os.linesep os.name os.cpu_count os.getpid os.getppid os.getuid "
    "os.uname os.path.join os.path.basename os.path.dirname os.path.exists os.path.isfile "
    "os.path.isdir os.path.abspath os.path.realpath os.path.normpath os.path.splitext "
    "os.path.split os.path.relpath os.path.expanduser os.path.getsize os.path.getmtime "
    "os.path.islink os.path.commonpath os.fspath os.get_terminal_size "
    "sys.version sys.version_info sys.executable sys.platform sys.argv sys.stdin sys.stdout "
    "sys.stderr sys.exit sys.maxsize sys.byteorder sys.prefix sys.base_prefix sys.implementation "
    "sys.getsizeof sys.getrecursionlimit sys.float_info sys.stdin.buffer sys.stdout.buffer "
    "sys.getdefaultencoding sys.getfilesystemencoding "
    "ast.parse ast.dump ast.walk ast.literal_eval ast.unparse "
    "json.load json.loads json.dump json.dumps json.JSONDecodeError "
    "re.match re.search re.fullmatch re.sub re.subn re.split re.findall re.finditer re.compile "
    "re.escape re.I re.IGNORECASE re.M re.MULTILINE re.S re.DOTALL re.X re.VERBOSE "
    "math.pi math.e math.inf math.nan math.sqrt math.floor math.ceil math.log math.log2 "
    "math.log10 math.exp math.sin math.cos math.tan math.pow math.factorial math.gcd math.lcm "
    "math.comb math.perm math.isclose math.isnan math.isinf math.hypot math.prod math.fsum "
    "math.trunc math.fabs math.radians math.degrees math.atan2 math.dist "
    "random.random random.randint random.choice random.choices random.shuffle random.sample "
    "random.seed random.uniform string.ascii_letters string.digits string.ascii_lowercase "
    "string.ascii_uppercase string.punctuation string.hexdigits textwrap.dedent textwrap.indent "
    "textwrap.fill textwrap.wrap datetime.datetime datetime.date datetime.time datetime.timedelta "
    "datetime.timezone datetime.UTC datetime.timezone.utc datetime.datetime.now "
    "datetime.datetime.utcnow datetime.datetime.today datetime.datetime.fromisoformat "
    "datetime.datetime.fromtimestamp datetime.datetime.strptime datetime.date.today "
    "datetime.date.fromisoformat time.time time.sleep time.strftime time.gmtime time.localtime "
    "time.perf_counter time.monotonic time.ctime time.time_ns collections.Counter "
    "collections.defaultdict collections.OrderedDict collections.deque itertools.chain "
    "itertools.product itertools.permutations itertools.combinations itertools.count "
    "itertools.islice itertools.groupby itertools.accumulate itertools.repeat "
    "itertools.zip_longest functools.reduce functools.partial pathlib.Path pathlib.PurePath "
    "platform.platform platform.system platform.machine platform.python_version platform.release "
    "platform.processor platform.node platform.uname platform.python_implementation "
    "platform.architecture hashlib.md5 hashlib.sha1 hashlib.sha224 hashlib.sha256 hashlib.sha384 "
    "hashlib.sha512 hashlib.blake2b base64.b64encode base64.b64decode base64.urlsafe_b64encode "
    "base64.urlsafe_b64decode base64.b32encode base64.b16encode uuid.uuid4 uuid.uuid1 uuid.UUID "
    "uuid.uuid5 uuid.NAMESPACE_DNS statistics.mean statistics.median statistics.stdev "
    "statistics.mode decimal.Decimal fractions.Fraction operator.itemgetter operator.add "
    "operator.mul shutil.which shutil.disk_usage shutil.get_terminal_size fnmatch.fnmatch "
    "fnmatch.filter urllib.parse.quote urllib.parse.unquote urllib.parse.quote_plus "
    "urllib.parse.unquote_plus urllib.parse.urlencode urllib.parse.urlparse urllib.parse.urlsplit "
    "urllib.parse.parse_qs urllib.parse.parse_qsl urllib.parse.urljoin html.escape html.unescape "
    "csv.reader csv.DictReader csv.writer csv.DictWriter pprint.pprint pprint.pformat "
    "tomllib.load tomllib.loads struct.pack struct.unpack struct.calcsize binascii.hexlify "
    "binascii.unhexlify zlib.crc32 unicodedata.name unicodedata.normalize unicodedata.category "
    "calendar.month calendar.monthrange calendar.isleap difflib.unified_diff difflib.ndiff "
    "difflib.get_close_matches bisect.bisect heapq.nlargest heapq.nsmallest copy.copy "
    "copy.deepcopy locale.getlocale locale.getpreferredencoding sysconfig.get_paths "
    "sysconfig.get_path sysconfig.get_platform"
)
METHODS = words(
    "strip lstrip rstrip split rsplit splitlines join lower upper title capitalize replace "
    "startswith endswith find rfind index count encode decode isdigit isalpha isalnum isnumeric "
    "isupper islower isspace isidentifier zfill center ljust rjust partition rpartition "
    "removeprefix removesuffix swapcase casefold expandtabs append extend insert pop remove sort "
    "reverse copy keys values items get setdefault update add discard union intersection "
    "difference issubset issuperset most_common elements clear popleft appendleft read readline "
    "readlines write flush close group groups groupdict span start end findall finditer search "
    "match sub fullmatch strftime isoformat timestamp date time total_seconds weekday isoweekday "
    "hexdigest digest exists is_file is_dir resolve absolute relative_to with_suffix with_name "
    "joinpath as_posix bit_length to_bytes from_bytes hex as_integer_ratio quantize isatty "
    "fileno now today fromisoformat fromtimestamp fromhex fromkeys from_iterable writerow "
    "writerows writeheader"
)
OF_PATHS_TOO = {"replace": (2, 3), "copy": (0,)}
"""Methods of texts and lists that move files where the value is a path, and how many values they
are given there, which those of paths are not."""
ATTRIBUTES = words(
    "name stem suffix parent parts year month day hour minute second microsecond days seconds "
    "real imag args pattern major minor micro netloc path scheme query fragment hostname port "
    "buffer total used free fieldnames numerator denominator int bytes"
)
"""Of values, which no module is; ``path`` is that of an address."""
ACTS = {
    "os.listdir": "read",
    "os.scandir": "read",
    "os.walk": "read",
    "os.stat": "read",
    "glob.glob": "read",
    "glob.iglob": "read",
    "os.mkdir": "write",
    "os.makedirs": "write",
    "shutil.copy": "copy",
    "shutil.copy2": "copy",
    "shutil.copyfile": "copy",
    "shutil.copytree": "copy",
}
QUIET = words("exist_ok parents missing_ok ignore_errors recursive encoding errors")
"""Keyword arguments that change neither what is touched nor where."""
ON_PATHS = {
    "read_text": "read",
    "read_bytes": "read",
    "iterdir": "read",
    "glob": "read",
    "rglob": "read",
    "stat": "read",
    "write_text": "write",
    "write_bytes": "write",
    "touch": "write",
    "mkdir": "write",
}
