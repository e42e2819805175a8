/// Imports that are known to run code, to change files or to use the network, with the reason.
///
/// An entry stands for a module with all its submodules and members, or for one member. The list explains; it does not
/// have to be complete, because what is not on ``SafeGlobals`` is never called safe. Much of it comes from the public
/// advisories on scanners that rely on such lists (GHSA numbers in the tests).
enum DangerousGlobals {
    /// Why the import `full` (`module.name`, with dots) is dangerous.
    ///
    /// - Complexity: O(length of `full`) for each dot in it.
    static func reason(for full: String) -> String? {
        var prefix = full[...]
        // Longer entries first, which explain better.
        for _ in 0..<64 {
            if let reason = reasons[String(prefix)] { return reason }
            guard let dot = prefix.lastIndex(of: ".") else { return nil }
            prefix = prefix[..<dot]
        }
        return "a name of more than 64 parts"
    }

    private static let reasons: [String: String] = {
        var result: [String: String] = [:]
        for (reason, names) in groups {
            for name in names.split(separator: " ") { result[String(name)] = reason }
        }
        return result
    }()

    private static let groups: [(reason: String, names: String)] = [
        (
            "it runs commands",
            """
            _aix_support _osx_support _posixsubprocess _pyrepl antigravity asyncio concurrent.futures.process \
            distutils.spawn ensurepip imaplib.IMAP4_stream multiprocessing nt numpy.distutils os pip \
            platform._syscmd_file platform._syscmd_ver platform.popen popen2 posix pty pydoc setuptools \
            subprocess test torch._inductor torch.utils.collect_env torch.utils.cpp_extension torch.utils.hipify \
            uuid._find_mac uuid._get_command_stdout uuid._ifconfig_getter uuid._netstat_getter uuid._popen \
            uuid.getnode venv webbrowser winreg
            """
        ),
        (
            "it runs Python code given as text or bytes",
            """
            IPython annotationlib bdb builtins.apply builtins.compile builtins.eval builtins.exec \
            builtins.execfile cProfile code codeop dataclasses.make_dataclass doctest idlelib jinja2 lib2to3 \
            logging.config numpy.f2py numpy.testing pandas.core.computation.eval \
            pandas.core.frame.DataFrame.eval pandas.core.frame.DataFrame.query pandas.eval pdb profile runpy \
            sympy.core.sympify sympy.parsing sympy.sympify timeit torch._dynamo torch.fx \
            torch.jit.unsupported_tensor_ops torch.utils._config_module torch.utils.bottleneck trace \
            typing._eval_type xmlrpc
            """
        ),
        (
            "it imports modules by name",
            """
            builtins.__import__ cloudpickle.cloudpickle.subimport cloudpickle.subimport imp importlib \
            modulefinder pkgutil site sitecustomize six.moves torch.package zipapp zipimport
            """
        ),
        (
            "it loads more pickles or compiled code, which this scan does not see",
            """
            _compat_pickle _pickle cPickle cloudpickle copyreg.add_extension dill joblib.load \
            joblib.numpy_pickle.load jsonpickle keras.models keras.saving keras.src.saving marshal \
            numpy.ctypeslib numpy.lib._npyio_impl numpy.lib.format.open_memmap numpy.lib.format.read_array \
            numpy.lib.npyio numpy.load numpy.loads pandas.io.pickle pandas.read_pickle pickle ruamel shelve \
            tensorflow.io tensorflow.keras.models tensorflow.raw_ops torch._C._import_ir_module \
            torch._ops.load_library torch.classes torch.distributed.checkpoint \
            torch.distributed.distributed_c10d torch.distributed.rpc torch.export torch.hub \
            torch.jit._serialization torch.jit.frontend torch.jit.load torch.load torch.ops.load_library \
            torch.serialization._legacy_load torch.serialization._load torch.serialization.load \
            torch.storage._load_from_bytes torch.utils.data.datapipes.utils.decoder torch.utils.model_zoo yaml
            """
        ),
        (
            "it reaches any attribute or any function by name, and calls it",
            """
            _cffi_backend _ctypes _functools.partial _functools.reduce _operator.attrgetter _operator.call \
            _operator.itemgetter _operator.methodcaller _thread atexit builtins.breakpoint builtins.delattr \
            builtins.filter builtins.getattr builtins.globals builtins.help builtins.input builtins.locals \
            builtins.map builtins.object.__getattribute__ builtins.reduce builtins.setattr builtins.vars cffi \
            code.interact ctypes faulthandler functools.partial functools.partialmethod functools.reduce \
            functools.singledispatch gc inspect itertools.starmap mmap new operator.attrgetter operator.call \
            operator.itemgetter operator.methodcaller sched signal sys threading tracemalloc types.CodeType \
            types.DynamicClassAttribute types.FunctionType types.MethodType types.ModuleType types.new_class \
            unittest.mock weakref.WeakMethod weakref.finalize
            """
        ),
        (
            "it reads, writes or removes files",
            """
            _io.FileIO _io.open _io.open_code _sqlite3 builtins.open bz2 cgitb codecs.open dbm \
            distutils.dir_util distutils.file_util fcntl filecmp fileinput genericpath glob gzip io.FileIO \
            io.open io.open_code linecache logging.FileHandler logging.handlers lzma mailbox ntpath \
            numpy.DataSource numpy.core.memmap numpy.fromfile numpy.memmap numpy.save numpy.savetxt numpy.savez \
            pathlib.Path.unlink pathlib.Path.write_bytes pathlib.Path.write_text posixpath shutil sqlite3 \
            tarfile tempfile torch.UntypedStorage.from_file torch._C.PyTorchFileReader \
            torch._C.PyTorchFileWriter torch.from_file torch.save torch.serialization.save \
            torch.storage.UntypedStorage.from_file zipfile
            """
        ),
        (
            "it uses the network",
            """
            _socket _ssl aiohttp boto3 botocore commands dns fsspec ftplib http httplib httpx huggingface_hub \
            imaplib nntplib paramiko poplib requests select selectors smtplib socket socketserver ssl telnetlib \
            torch.hub.load_state_dict_from_url urllib urllib.request urllib2 urllib3 wsgiref
            """
        ),
    ]

    /// How many entries there are.
    static var count: Int { reasons.count }
}
