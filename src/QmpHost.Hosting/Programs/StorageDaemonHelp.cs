namespace QmpHost.Hosting.Programs;

/// <summary>The help of the storage daemon.</summary>
internal static class StorageDaemonHelp
{
    /// <summary>The text.</summary>
    /// <param name="program">The program's name.</param>
    /// <returns>The text without a line end.</returns>
    public static string Text(string program) => $"""
        Usage: {program} [options]
        Serves block nodes without a virtual machine. Options take effect in the order in which they stand.

          -h, --help             print this text and end
          -V, --version          print the version and end

          --blockdev [driver=]DRIVER,node-name=NAME[,OPTION=VALUE...]
                                 open a block node; also as a JSON object
          --chardev BACKEND,id=ID[,OPTION=VALUE...]
                                 make a character device: socket, stdio, file, pipe, null, ringbuf
          --daemonize            go into the background when everything is set up
          --export [type=]nbd,id=ID,node-name=NAME[,name=EXPORT][,writable=on|off][,bitmaps.0=NAME...]
                                 serve a node over NBD; needs --nbd-server
          --monitor [chardev=]ID[,mode=control][,pretty=on|off]
                                 open a QMP monitor on a character device
          --nbd-server addr.type=inet,addr.host=HOST,addr.port=PORT[,max-connections=N]
          --nbd-server addr.type=unix,addr.path=PATH[,max-connections=N]
                                 start the NBD server
          --object TYPE,id=ID[,PROPERTY=VALUE...]
                                 make an object: iothread, throttle-group, secret, ...
          --pidfile PATH         write the process number to a file while running

        What QEMU does not have (see also qmphost --help):
          --control ADDRESS     serve the control interface on a unix socket (PATH) or on tcp:127.0.0.1:PORT
          --log-qmp FILE        write what clients and monitors say to a file
        """;
}
