// The bank in the manner of Axon Framework 5.4 with Spring Boot and JPA, as its documentation writes
// such things. To read beside Examples/Sources/Bank; not built here.
package bank;

import jakarta.persistence.*;
import java.util.*;
import org.jspecify.annotations.Nullable;
import org.axonframework.eventsourcing.annotation.*;
import org.axonframework.messaging.commandhandling.annotation.CommandHandler;
import org.axonframework.messaging.eventhandling.annotation.EventHandler;
import org.axonframework.messaging.queryhandling.annotation.QueryHandler;
import org.axonframework.modelling.annotation.*;
import org.springframework.boot.*;
import org.springframework.data.domain.*;
import org.springframework.data.jpa.repository.JpaRepository;

// Messages.

record OpenAccount(
    @TargetEntityId String accountId, String owner, String branch, long overdraftLimitMinor) {}
record Deposit(@TargetEntityId String accountId, long amountMinor) {}
record Withdraw(@TargetEntityId String accountId, long amountMinor) {}
record Transfer(String fromAccountId, String toAccountId, long amountMinor) {
    @TargetEntityId
    private Pair pair() { return new Pair(fromAccountId, toAccountId); }
}
record Pair(String from, String to) {}
record Receipt(String accountId, long balanceMinor) {}

record Opened(
    @EventTag String accountId, String owner, String branch, long overdraftLimitMinor) {}
record Deposited(@EventTag String accountId, long amountMinor, String fromAccountId) {}
record Withdrawn(@EventTag String accountId, long amountMinor, String toAccountId) {}

record GetAccount(String accountId) {}
record ListOfBranch(String branch, int page) {}
record ListByBalance(Long minimumMinor, int page) {}

// What commands decide by.

class AccountState {
    String id;
    long balanceMinor;
    long overdraftLimitMinor;

    void evolve(Opened event) {
        id = event.accountId();
        overdraftLimitMinor = event.overdraftLimitMinor();
    }

    void evolve(Deposited event) {
        balanceMinor += event.amountMinor();
    }

    void evolve(Withdrawn event) {
        balanceMinor -= event.amountMinor();
    }

    Deposited deposit(long amount, String from) {
        Amount.check(amount, 1);
        if (id == null) throw new RuleException("there is no such account");
        if (balanceMinor > 1_000_000_000_000_000L)
            throw new RuleException("account " + id + " has " + balanceMinor + " already");
        return new Deposited(id, amount, from);
    }

    Withdrawn withdraw(long amount, String to) {
        Amount.check(amount, 1);
        if (id == null) throw new RuleException("there is no such account");
        if (balanceMinor - amount < -overdraftLimitMinor)
            throw new RuleException("account " + id + " has " + balanceMinor);
        return new Withdrawn(id, amount, to);
    }
}

class RuleException extends RuntimeException {
    RuleException(String message) { super(message); }
}

class Amount {
    static void check(long amount, long least) {
        if (amount < least || amount > 1_000_000_000_000L)
            throw new RuleException("must be " + least + " to 1,000,000,000,000");
    }
}

@EventSourced(tagKey = "accountId", idType = String.class)
class Account extends AccountState {
    @EntityCreator
    Account() {}

    @EventSourcingHandler
    void on(Opened event) { evolve(event); }

    @EventSourcingHandler
    void on(Deposited event) { evolve(event); }

    @EventSourcingHandler
    void on(Withdrawn event) { evolve(event); }
}

// Both accounts of a transfer, as one boundary of consistency.
@EventSourced(idType = Pair.class)
class TwoAccounts {
    final AccountState from = new AccountState();
    final AccountState to = new AccountState();
    private final Pair pair;

    @EntityCreator
    TwoAccounts(@InjectEntityId Pair pair) { this.pair = pair; }

    @EventCriteriaBuilder
    static EventCriteria criteria(Pair pair) {
        return EventCriteria.either(
            EventCriteria.havingTags(Tag.of("accountId", pair.from())).andBeingOneOfTypes(
                Opened.class.getName(), Deposited.class.getName(), Withdrawn.class.getName()),
            EventCriteria.havingTags(Tag.of("accountId", pair.to())).andBeingOneOfTypes(
                Opened.class.getName(), Deposited.class.getName(), Withdrawn.class.getName()));
    }

    @EventSourcingHandler
    void on(Opened event) {
        if (event.accountId().equals(pair.from())) from.evolve(event);
        if (event.accountId().equals(pair.to())) to.evolve(event);
    }

    @EventSourcingHandler
    void on(Deposited event) {
        if (event.accountId().equals(pair.from())) from.evolve(event);
        if (event.accountId().equals(pair.to())) to.evolve(event);
    }

    @EventSourcingHandler
    void on(Withdrawn event) {
        if (event.accountId().equals(pair.from())) from.evolve(event);
        if (event.accountId().equals(pair.to())) to.evolve(event);
    }
}

// Commands.

@Component
class AccountCommands {
    @CommandHandler
    Receipt handle(
        OpenAccount command, @InjectEntity @Nullable Account account, EventAppender events
    ) {
        if (account != null) throw new RuleException("there is such an account already");
        Amount.check(command.overdraftLimitMinor(), 0);
        events.append(new Opened(
            command.accountId(), command.owner(), command.branch(),
            command.overdraftLimitMinor()));
        return new Receipt(command.accountId(), 0);
    }

    @CommandHandler
    Receipt handle(Deposit command, @InjectEntity Account account, EventAppender events) {
        events.append(account.deposit(command.amountMinor(), null));
        return new Receipt(command.accountId(), account.balanceMinor);
    }

    @CommandHandler
    Receipt handle(Withdraw command, @InjectEntity Account account, EventAppender events) {
        events.append(account.withdraw(command.amountMinor(), null));
        return new Receipt(command.accountId(), account.balanceMinor);
    }

    @CommandHandler
    Receipt handle(Transfer command, @InjectEntity TwoAccounts accounts, EventAppender events) {
        events.append(
            accounts.from.withdraw(command.amountMinor(), command.toAccountId()),
            accounts.to.deposit(command.amountMinor(), command.fromAccountId()));
        return new Receipt(command.fromAccountId(), accounts.from.balanceMinor);
    }
}

// Documents and queries.

@Entity
@Table(indexes = {
    @Index(columnList = "branch, balanceMinor DESC"), @Index(columnList = "balanceMinor DESC")})
class AccountView {
    @Id String accountId;
    String owner;
    String branch;
    long balanceMinor;
    int movements;
}

interface AccountViews extends JpaRepository<AccountView, String> {
    List<AccountView> findByBranchOrderByBalanceMinorDesc(String branch, Pageable page);
    List<AccountView> findByBalanceMinorGreaterThanEqualOrderByBalanceMinorDesc(
        long minimum, Pageable page);
}

@Component
class AccountProjection {
    private final AccountViews views;

    AccountProjection(AccountViews views) { this.views = views; }

    @EventHandler
    void on(Opened event) {
        var view = new AccountView();
        view.accountId = event.accountId();
        view.owner = event.owner();
        view.branch = event.branch();
        views.save(view);
    }

    @EventHandler
    void on(Deposited event) {
        move(event.accountId(), event.amountMinor());
    }

    @EventHandler
    void on(Withdrawn event) {
        move(event.accountId(), -event.amountMinor());
    }

    private void move(String accountId, long amount) {
        var view = views.findById(accountId).orElseThrow();
        view.balanceMinor += amount;
        view.movements++;
        views.save(view);
    }

    @QueryHandler
    AccountView handle(GetAccount query) {
        return views.findById(query.accountId()).orElse(null);
    }

    @QueryHandler
    List<AccountView> handle(ListOfBranch query) {
        return views.findByBranchOrderByBalanceMinorDesc(
            query.branch(), PageRequest.of(query.page(), 100));
    }

    @QueryHandler
    List<AccountView> handle(ListByBalance query) {
        var minimum = query.minimumMinor() == null ? Long.MIN_VALUE : query.minimumMinor();
        return views.findByBalanceMinorGreaterThanEqualOrderByBalanceMinorDesc(
            minimum, PageRequest.of(query.page(), 100));
    }
}

// The program.

@SpringBootApplication
class BankApplication {
    public static void main(String[] args) {
        SpringApplication.run(BankApplication.class, args);
    }
}
