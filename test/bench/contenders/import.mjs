for (const module of process.argv.slice(2)) await import(module)
const { user, system } = process.cpuUsage()
process.stdout.write(String(user + system))
