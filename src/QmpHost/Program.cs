using QmpHost;

return await ProgramEntry.RunAsync(args);
