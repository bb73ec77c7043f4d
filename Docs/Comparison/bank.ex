# The bank in the manner of Commanded 1.4 with Ecto projections, as its guides write such things.
# To read beside Examples/Sources/Bank; not built here.

# Messages.

defmodule Bank.OpenAccount do
  defstruct [:account_id, :owner, :branch, overdraft_limit_minor: 0]
end

defmodule Bank.Deposit do
  defstruct [:account_id, :amount_minor, :transfer_id]
end

defmodule Bank.Withdraw do
  defstruct [:account_id, :amount_minor, :transfer_id]
end

defmodule Bank.RequestTransfer do
  defstruct [:transfer_id, :from_account_id, :to_account_id, :amount_minor]
end

defmodule Bank.Opened do
  @derive Jason.Encoder
  defstruct [:account_id, :owner, :branch, :overdraft_limit_minor]
end

defmodule Bank.Deposited do
  @derive Jason.Encoder
  defstruct [:account_id, :amount_minor, :transfer_id]
end

defmodule Bank.Withdrawn do
  @derive Jason.Encoder
  defstruct [:account_id, :amount_minor, :transfer_id]
end

defmodule Bank.TransferRequested do
  @derive Jason.Encoder
  defstruct [:transfer_id, :from_account_id, :to_account_id, :amount_minor]
end

# What an account may do.

defmodule Bank.Account do
  alias Bank.{Account, Deposit, Deposited, OpenAccount, Opened, Withdraw, Withdrawn}

  defstruct [:account_id, balance_minor: 0, overdraft_limit_minor: 0]

  @amount_max 1_000_000_000_000

  def execute(%Account{account_id: nil}, %OpenAccount{overdraft_limit_minor: limit} = command)
      when limit in 0..@amount_max do
    struct(Opened, Map.from_struct(command))
  end

  def execute(%Account{account_id: nil}, %OpenAccount{}), do: {:error, :invalid_overdraft_limit}
  def execute(%Account{}, %OpenAccount{}), do: {:error, :account_exists}
  def execute(%Account{account_id: nil}, _command), do: {:error, :unknown_account}

  def execute(%Account{}, %{amount_minor: amount}) when amount not in 1..@amount_max,
    do: {:error, :invalid_amount}

  def execute(%Account{balance_minor: balance}, %Deposit{}) when balance > 1_000_000_000_000_000,
    do: {:error, :too_rich}

  def execute(%Account{}, %Deposit{} = command), do: struct(Deposited, Map.from_struct(command))

  def execute(%Account{} = account, %Withdraw{amount_minor: amount} = command) do
    if account.balance_minor - amount >= -account.overdraft_limit_minor,
      do: struct(Withdrawn, Map.from_struct(command)),
      else: {:error, :overdrawn}
  end

  def apply(%Account{}, %Opened{} = event) do
    %Account{account_id: event.account_id, overdraft_limit_minor: event.overdraft_limit_minor}
  end

  def apply(%Account{} = account, %Deposited{amount_minor: amount}),
    do: %Account{account | balance_minor: account.balance_minor + amount}

  def apply(%Account{} = account, %Withdrawn{amount_minor: amount}),
    do: %Account{account | balance_minor: account.balance_minor - amount}
end

# A transfer, in steps: no command changes two accounts at once.

defmodule Bank.Transfer do
  alias Bank.{RequestTransfer, Transfer, TransferRequested}

  defstruct [:transfer_id]

  def execute(%Transfer{transfer_id: nil}, %RequestTransfer{} = command),
    do: struct(TransferRequested, Map.from_struct(command))

  def execute(%Transfer{}, %RequestTransfer{}), do: {:error, :transfer_exists}

  def apply(%Transfer{}, %TransferRequested{transfer_id: id}), do: %Transfer{transfer_id: id}
end

defmodule Bank.TransferProcess do
  use Commanded.ProcessManagers.ProcessManager, application: Bank.App, name: "transfers"

  alias Bank.{Deposit, Deposited, TransferProcess, TransferRequested, Withdraw, Withdrawn}

  @derive Jason.Encoder
  defstruct [:from_account_id, :to_account_id, :amount_minor]

  def interested?(%TransferRequested{transfer_id: id}), do: {:start, id}
  def interested?(%Withdrawn{transfer_id: id}) when not is_nil(id), do: {:continue, id}
  def interested?(%Deposited{transfer_id: id}) when not is_nil(id), do: {:stop, id}
  def interested?(_event), do: false

  def handle(_transfer, %TransferRequested{} = event) do
    %Withdraw{
      account_id: event.from_account_id,
      amount_minor: event.amount_minor,
      transfer_id: event.transfer_id
    }
  end

  def handle(%TransferProcess{} = transfer, %Withdrawn{transfer_id: id}) do
    %Deposit{
      account_id: transfer.to_account_id,
      amount_minor: transfer.amount_minor,
      transfer_id: id
    }
  end

  def apply(_transfer, %TransferRequested{} = event),
    do: struct(TransferProcess, Map.from_struct(event))

  # The money that can't be put in goes back to where it came from.
  def error({:error, _reason}, %Deposit{} = failed, %{process_manager_state: transfer}) do
    {:continue, [%Deposit{failed | account_id: transfer.from_account_id}], %{}}
  end

  def error({:error, _reason}, %Withdraw{}, _context), do: {:skip, :discard_pending}
end

# Documents and queries.

defmodule Bank.Repo.Migrations.CreateAccounts do
  use Ecto.Migration

  def change do
    create table(:accounts, primary_key: false) do
      add :account_id, :string, primary_key: true
      add :owner, :string
      add :branch, :string
      add :balance_minor, :bigint, default: 0
      add :movements, :integer, default: 0
    end

    create index(:accounts, [:branch, "balance_minor DESC"])
    create index(:accounts, ["balance_minor DESC"])
  end
end

defmodule Bank.AccountView do
  use Ecto.Schema

  @primary_key {:account_id, :string, autogenerate: false}
  schema "accounts" do
    field :owner, :string
    field :branch, :string
    field :balance_minor, :integer, default: 0
    field :movements, :integer, default: 0
  end
end

defmodule Bank.AccountProjector do
  use Commanded.Projections.Ecto,
    application: Bank.App, repo: Bank.Repo, name: "accounts", consistency: :strong

  alias Bank.{AccountView, Deposited, Opened, Withdrawn}

  project %Opened{} = event, _metadata, fn multi ->
    Ecto.Multi.insert(multi, :account, struct(AccountView, Map.from_struct(event)))
  end

  project %Deposited{} = event, _metadata, fn multi ->
    move(multi, event.account_id, event.amount_minor)
  end

  project %Withdrawn{} = event, _metadata, fn multi ->
    move(multi, event.account_id, -event.amount_minor)
  end

  defp move(multi, id, amount) do
    account = from(a in AccountView, where: a.account_id == ^id)
    Ecto.Multi.update_all(multi, :account, account, inc: [balance_minor: amount, movements: 1])
  end
end

defmodule Bank.Accounts do
  import Ecto.Query
  alias Bank.{AccountView, Repo}

  def get(id), do: Repo.get(AccountView, id)

  def of_branch(branch, page) do
    AccountView |> where(branch: ^branch) |> richest(page)
  end

  def by_balance(minimum, page) do
    accounts = if minimum, do: where(AccountView, [a], a.balance_minor >= ^minimum), else: AccountView
    richest(accounts, page)
  end

  defp richest(accounts, page) do
    accounts |> order_by(desc: :balance_minor) |> limit(100) |> offset(^(page * 100)) |> Repo.all()
  end
end

# The program.

defmodule Bank.Router do
  use Commanded.Commands.Router

  identify Bank.Account, by: :account_id, prefix: "account-"
  identify Bank.Transfer, by: :transfer_id, prefix: "transfer-"
  dispatch [Bank.OpenAccount, Bank.Deposit, Bank.Withdraw], to: Bank.Account
  dispatch Bank.RequestTransfer, to: Bank.Transfer
end

defmodule Bank.App do
  use Commanded.Application,
    otp_app: :bank,
    event_store: [adapter: Commanded.EventStore.Adapters.EventStore, event_store: Bank.EventStore]

  router Bank.Router
end

defmodule Bank.EventStore do
  use EventStore, otp_app: :bank
end

defmodule Bank.Repo do
  use Ecto.Repo, otp_app: :bank, adapter: Ecto.Adapters.Postgres
end

defmodule Bank.Application do
  use Application

  def start(_type, _args) do
    children = [Bank.Repo, Bank.App, Bank.AccountProjector, Bank.TransferProcess]
    Supervisor.start_link(children, strategy: :one_for_one)
  end
end
