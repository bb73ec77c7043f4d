// The bank in the manner of Marten 8 and Wolverine 5, as their documentation writes such things.
// To read beside Examples/Sources/Bank; not built here.
using JasperFx;
using JasperFx.Events;
using Marten;
using Marten.Pagination;
using Wolverine;
using Wolverine.Http;
using Wolverine.Http.Marten;
using Wolverine.Marten;

// Messages.

public record OpenAccount(Guid AccountId, string Owner, string Branch, long OverdraftLimitMinor);
public record Deposit(Guid AccountId, long AmountMinor);
public record Withdraw(Guid AccountId, long AmountMinor);
public record Transfer(Guid FromAccountId, Guid ToAccountId, long AmountMinor);
public record Receipt(Guid AccountId, long BalanceMinor);

public record Opened(string Owner, string Branch, long OverdraftLimitMinor);
public record Deposited(long AmountMinor, Guid? FromAccountId);
public record Withdrawn(long AmountMinor, Guid? ToAccountId);

// The state that commands decide by is the document that queries answer.

public class Account
{
    public Guid Id { get; set; }
    public string Owner { get; set; } = "";
    public string Branch { get; set; } = "";
    public long OverdraftLimitMinor { get; set; }
    public long BalanceMinor { get; set; }
    public int Movements { get; set; }

    public void Apply(Opened opened)
    {
        Owner = opened.Owner;
        Branch = opened.Branch;
        OverdraftLimitMinor = opened.OverdraftLimitMinor;
    }

    public void Apply(Deposited deposited)
    {
        BalanceMinor += deposited.AmountMinor;
        Movements++;
    }

    public void Apply(Withdrawn withdrawn)
    {
        BalanceMinor -= withdrawn.AmountMinor;
        Movements++;
    }

    public Deposited Deposit(long amount, Guid? from = null)
    {
        Amount.Check(amount, 1);
        if (BalanceMinor > 1_000_000_000_000_000)
            throw new RuleException($"account {Id} has {BalanceMinor} already");
        return new Deposited(amount, from);
    }

    public Withdrawn Withdraw(long amount, Guid? to = null)
    {
        Amount.Check(amount, 1);
        if (BalanceMinor - amount < -OverdraftLimitMinor)
            throw new RuleException($"account {Id} has {BalanceMinor}");
        return new Withdrawn(amount, to);
    }
}

public class RuleException(string message) : Exception(message);

public static class Amount
{
    public static void Check(long amount, long least)
    {
        if (amount < least || amount > 1_000_000_000_000)
            throw new RuleException($"must be {least} to 1,000,000,000,000");
    }
}

// Commands.

public static class AccountCommands
{
    [WolverinePost("/accounts")]
    public static (Receipt, IStartStream) Open(OpenAccount command)
    {
        Amount.Check(command.OverdraftLimitMinor, 0);
        var opened = new Opened(command.Owner, command.Branch, command.OverdraftLimitMinor);
        return (
            new Receipt(command.AccountId, 0),
            MartenOps.StartStream<Account>(command.AccountId, opened));
    }

    [WolverinePost("/accounts/deposit")]
    public static (Receipt, Deposited) Deposit(Deposit command, [WriteAggregate] Account account)
    {
        var deposited = account.Deposit(command.AmountMinor);
        return (new Receipt(account.Id, account.BalanceMinor + command.AmountMinor), deposited);
    }

    [WolverinePost("/accounts/withdraw")]
    public static (Receipt, Withdrawn) Withdraw(Withdraw command, [WriteAggregate] Account account)
    {
        var withdrawn = account.Withdraw(command.AmountMinor);
        return (new Receipt(account.Id, account.BalanceMinor - command.AmountMinor), withdrawn);
    }

    [WolverinePost("/accounts/transfer")]
    public static Receipt Transfer(
        Transfer command,
        [WriteAggregate(nameof(command.FromAccountId))] IEventStream<Account> from,
        [WriteAggregate(nameof(command.ToAccountId))] IEventStream<Account> to)
    {
        from.AppendOne(from.Aggregate.Withdraw(command.AmountMinor, to.Id));
        to.AppendOne(to.Aggregate.Deposit(command.AmountMinor, from.Id));
        return new Receipt(from.Id, from.Aggregate.BalanceMinor - command.AmountMinor);
    }
}

// Queries.

public static class AccountQueries
{
    [WolverineGet("/accounts/{id}")]
    public static Account Get([Document] Account account) => account;

    [WolverineGet("/branches/{branch}/accounts")]
    public static Task<IPagedList<Account>> OfBranch(string branch, int page, IQuerySession session) =>
        session.Query<Account>().Where(x => x.Branch == branch)
            .OrderByDescending(x => x.BalanceMinor).ToPagedListAsync(page, 100);

    [WolverineGet("/accounts")]
    public static Task<IPagedList<Account>> ByBalance(long? minimum, int page, IQuerySession session) =>
        session.Query<Account>().Where(x => minimum == null || x.BalanceMinor >= minimum)
            .OrderByDescending(x => x.BalanceMinor).ToPagedListAsync(page, 100);
}

// The program.

public static class Program
{
    public static Task<int> Main(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddMarten(options =>
        {
            options.Connection(builder.Configuration.GetConnectionString("postgres")!);
            options.Projections.Snapshot<Account>(SnapshotLifecycle.Inline);
            options.Schema.For<Account>()
                .Index([x => x.Branch, x => x.BalanceMinor])
                .Index(x => x.BalanceMinor);
        }).IntegrateWithWolverine().UseLightweightSessions();
        builder.Host.UseWolverine(options => options.Policies.AutoApplyTransactions());
        builder.Services.AddWolverineHttp();
        var app = builder.Build();
        app.MapWolverineEndpoints();
        return app.RunJasperFxCommands(args);
    }
}
