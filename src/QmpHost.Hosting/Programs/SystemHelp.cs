namespace QmpHost.Hosting.Programs;

/// <summary>The help of the system emulator's stand-in.</summary>
internal static class SystemHelp
{
    /// <summary>The text.</summary>
    /// <param name="program">The program's name.</param>
    /// <returns>The text without a line end.</returns>
    public static string Text(string program) => $"""
        Usage: {program} [options]
        The disks and monitors of a virtual machine, without the machine. One dash or two, as you like.

          -h, -help              print this text and end
          -version               print the version and end

          -accel tcg|qtest       tcg: time passes; qtest: it stands still until moved over -qtest; there is no processor
          -blockdev [driver=]DRIVER,node-name=NAME[,OPTION=VALUE...]
                                 open a block node; also as a JSON object
          -chardev BACKEND,id=ID[,OPTION=VALUE...]
                                 make a character device: socket, stdio, file, pipe, null, ringbuf
          -daemonize             go into the background when everything is set up
          -device DRIVER[,PROPERTY=VALUE...]
                                 add a device: virtio-scsi, scsi-hd, scsi-cd, virtio-blk
          -drive if=none,id=ID,file=IMAGE[,format=FORMAT][,cache=MODE][,aio=MODE][,readonly=on|off][,OPTION=VALUE...]
                                 open an image behind a named device; IMAGE alone does the same with the defaults
          -display none          there is no screen
          -machine TYPE          none, pc or q35
          -mon [chardev=]ID[,mode=readline|control][,pretty=on|off]
                                 open a monitor on a character device
          -monitor DEV, -qmp DEV, -qmp-pretty DEV
                                 open a monitor on a device made on the spot, for example unix:PATH,server=on,wait=off
          -msg [timestamp=off][,guest-name=off]
                                 accepted for the sake of scripts
          -name [guest=]NAME     name the guest
          -no-user-config, -nodefaults, -nographic
                                 nothing is there by default
          -object TYPE,id=ID[,PROPERTY=VALUE...]
                                 make an object: iothread, throttle-group, secret, ...
          -pidfile PATH          write the process number to a file while running
          -qtest DEV             speak the qtest protocol over a character device; with -accel qtest it moves the clock
          -qtest-log none         there is no log of it
          -serial none|null, -parallel none|null
                                 there are no ports
          -S                     do not start the guest
          -uuid UUID             give the guest a UUID
          -vga none|std          there is no screen

        What QEMU does not have (see also qmphost --help):
          -control ADDRESS      serve the control interface on a unix socket (PATH) or on tcp:127.0.0.1:PORT
          -log-qmp FILE         write what clients and monitors say to a file
        """;
}
